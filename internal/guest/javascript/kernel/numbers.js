// Numbers as people in en-US write them, for toLocaleString and Intl.

const SYMBOLS = { USD: "$", EUR: "€", GBP: "£", JPY: "¥", INR: "₹", CNY: "CN¥", KRW: "₩", BRL: "R$", CAD: "CA$", AUD: "A$", MXN: "MX$", NZD: "NZ$", ILS: "₪", VND: "₫", TWD: "NT$", HKD: "HK$", PHP: "₱" };
const NAMES = { USD: "US dollars", EUR: "euros", GBP: "British pounds", JPY: "Japanese yen" };
const WHOLE = new Set(["JPY", "KRW", "VND", "CLP", "ISK"]);
const UNITS = {
	kilometer: "km", meter: "m", centimeter: "cm", millimeter: "mm", mile: "mi", foot: "ft", inch: "in", kilogram: "kg", gram: "g",
	pound: "lb", liter: "L", celsius: "°C", fahrenheit: "°F", percent: "%", second: "sec", minute: "min", hour: "hr", day: "day", byte: "byte", kilobyte: "kB", megabyte: "MB", gigabyte: "GB", "kilometer-per-hour": "km/h", "mile-per-hour": "mph",
};
const COMPACT = [[1e12, "T", " trillion"], [1e9, "B", " billion"], [1e6, "M", " million"], [1e3, "K", " thousand"]];
// What separates thousands and fractions where it is not "," and ".".
const SEPARATORS = { de: [".", ","], es: [".", ","], it: [".", ","], pt: [".", ","], nl: [".", ","], id: [".", ","], tr: [".", ","], da: [".", ","], fr: ["\u202f", ","], ru: ["\u00a0", ","], uk: ["\u00a0", ","], pl: ["\u00a0", ","], cs: ["\u00a0", ","], sv: ["\u00a0", ","], nb: ["\u00a0", ","], fi: ["\u00a0", ","] };
const TRAILING = new Set(["de", "es", "it", "fr", "ru", "pl", "uk", "cs", "sv", "fi", "da"]);

// rounded returns the digits of |n| with a fraction of min to max digits,
// halves away from zero as Intl does. It works on the shortest decimal form.
function rounded(n, min, max) {
	let [digits, exponent] = decimal(n);
	let point = exponent + 1; // digits before the point
	const keep = point + max;
	if (keep < digits.length) {
		const up = keep >= 0 && digits[keep] >= "5";
		digits = keep > 0 ? digits.slice(0, keep) : "";
		if (up) {
			const list = [...digits];
			let i = list.length - 1;
			for (; i >= 0; i--) {
				if (list[i] !== "9") {
					list[i] = String(Number(list[i]) + 1);
					break;
				}
				list[i] = "0";
			}
			digits = list.join("");
			if (i < 0) {
				digits = "1" + digits;
				point++;
			}
		}
	}
	if (point > digits.length) digits = digits.padEnd(point, "0");
	const whole = point > 0 ? digits.slice(0, point) : "0";
	let part = point > 0 ? digits.slice(point) : "0".repeat(-point) + digits;
	part = part.slice(0, max).replace(/0+$/, "").padEnd(min, "0");
	return [whole, part];
}

// decimal returns the shortest digits of a number and the exponent of the first.
function decimal(n) {
	if (typeof n === "bigint") {
		const text = String(n < 0n ? -n : n);
		return [text, text.length - 1];
	}
	if (n === 0) return ["0", 0];
	const [m, e] = Math.abs(n).toExponential().split("e");
	return [m.replace(".", ""), Number(e)];
}

function significant(n, min, max) {
	const [, exponent] = decimal(n);
	let [whole, part] = rounded(n, 0, Math.max(0, max - exponent - 1));
	if (exponent >= max) {
		const scale = exponent - max + 1;
		const kept = Math.round(Number(whole) / 10 ** scale);
		whole = String(kept) + "0".repeat(scale);
	}
	const used = whole === "0" ? part.replace(/^0+/, "").length : whole.length + part.length;
	if (used < min) part += "0".repeat(min - used);
	return [whole, part];
}

function grouped(whole, how, separator) {
	if (how === false) return whole;
	if (how === "indian" && whole.length > 3) return whole.slice(0, -3).replace(/\B(?=(\d{2})+$)/g, separator) + separator + whole.slice(-3);
	return whole.replace(/\B(?=(\d{3})+$)/g, separator);
}

function digitsOf(o, fallback) {
	let min = o.minimumFractionDigits;
	let max = o.maximumFractionDigits;
	for (const v of [min, max]) if (v !== undefined && !(v >= 0 && v <= 100)) throw new RangeError("maximumFractionDigits value is out of range.");
	if (min === undefined && max === undefined) [min, max] = fallback;
	else if (min === undefined) min = Math.min(fallback[0], max);
	else if (max === undefined) max = Math.max(fallback[1], min);
	if (min > max) throw new RangeError("maximumFractionDigits value is out of range.");
	return [Math.floor(min), Math.floor(max)];
}

const language = (locale) => String(Array.isArray(locale) ? (locale[0] ?? "en-US") : (locale ?? "en-US"));

// formatNumber writes a number with the options of Intl.NumberFormat.
function formatNumber(n, locale, o = {}) {
	if (typeof n !== "bigint") n = Number(n);
	const tag = language(locale);
	const lang = tag.split("-")[0];
	const [thousands, point] = tag === "de-CH" ? ["’", "."] : (SEPARATORS[lang] ?? [",", "."]);
	const style = o.style ?? "decimal";
	const negative = n < 0 || Object.is(n, -0);
	let suffix = "";
	let min = 0;
	let max = 3;
	if (style === "percent") {
		if (typeof n !== "bigint") n *= 100;
		max = 0;
	}
	if (style === "currency") {
		if (!o.currency) throw new TypeError("Currency code is required with currency style.");
		if (!/^[A-Za-z]{3}$/.test(o.currency)) throw new RangeError(`Invalid currency code : ${o.currency}`);
		min = max = WHOLE.has(o.currency.toUpperCase()) ? 0 : 2;
	}
	let text;
	if (typeof n !== "bigint" && isNaN(n)) text = "NaN";
	else if (n === Infinity || n === -Infinity) text = "∞";
	else {
		let digits;
		if (o.notation === "compact") {
			let step = COMPACT.findIndex(([size]) => Math.abs(Number(n)) >= size);
			let scaled = Math.abs(Number(n)) / (step < 0 ? 1 : COMPACT[step][0]);
			if (step > 0 && Math.round(scaled) >= 1000) scaled = Math.abs(Number(n)) / COMPACT[--step][0];
			if (step >= 0) suffix = COMPACT[step][o.compactDisplay === "long" ? 2 : 1];
			if (o.maximumFractionDigits !== undefined || o.minimumFractionDigits !== undefined) digits = rounded(scaled, ...digitsOf(o, [0, 0]));
			else digits = scaled < 100 ? significant(scaled, 0, 2) : rounded(scaled, 0, 0);
		} else if (o.minimumSignificantDigits !== undefined || o.maximumSignificantDigits !== undefined) {
			digits = significant(n, o.minimumSignificantDigits ?? 1, o.maximumSignificantDigits ?? 21);
		} else digits = rounded(n, ...digitsOf(o, [min, max]));
		const whole = digits[0].padStart(o.minimumIntegerDigits ?? 1, "0");
		const short = (lang === "es" || lang === "pl" || lang === "pt") && whole.length === 4 && lang !== "pt";
		text = o.useGrouping === false || o.useGrouping === "false" || short ? whole : grouped(whole, ["hi-IN", "en-IN"].includes(tag) ? "indian" : true, thousands);
		if (digits[1] !== "") text += point + digits[1];
	}
	text += suffix;
	const zero = /^[0.,\s]*$/.test(text);
	let sign = negative ? "-" : "";
	if (o.signDisplay === "never") sign = "";
	else if (o.signDisplay === "always") sign ||= "+";
	else if (o.signDisplay === "exceptZero") sign = zero ? "" : sign || "+";
	else if (o.signDisplay === "negative" && zero) sign = "";
	if (style === "percent") return `${sign}${text}${TRAILING.has(lang) ? "\u00a0" : ""}%`;
	if (style === "unit") {
		const unit = UNITS[o.unit] ?? o.unit;
		if (o.unitDisplay === "long") return `${sign}${text} ${o.unit}${text === "1" ? "" : "s"}`;
		const spaced = unit === "%" || unit.startsWith("°") ? "" : " ";
		return `${sign}${text}${spaced}${unit}${["day", "byte"].includes(unit) && text !== "1" ? (unit === "day" ? "s" : "") : ""}`;
	}
	if (style !== "currency") return sign + text;
	const code = o.currency.toUpperCase();
	if (o.currencyDisplay === "name") return `${sign}${text} ${NAMES[code] ?? code}`;
	let symbol = o.currencyDisplay === "code" ? `${code}\u00a0` : (SYMBOLS[code] ?? `${code}\u00a0`);
	if (o.currencyDisplay === "narrowSymbol") symbol = symbol.replace(/^[A-Z]+(?=[^A-Z\s])/, "");
	if (TRAILING.has(lang)) return `${sign}${text}\u00a0${symbol.trim()}`;
	if (lang === "ja" && code === "JPY") symbol = "￥";
	if (lang === "pt") symbol += "\u00a0";
	if (o.currencySign === "accounting" && sign === "-") return `(${symbol}${text})`;
	return `${sign}${symbol}${text}`;
}

function install() {
	const define = (proto, toLocaleString) => Object.defineProperty(proto, "toLocaleString", { value: toLocaleString, writable: true, configurable: true });
	define(Number.prototype, { toLocaleString(locale, options) { return formatNumber(Number.prototype.valueOf.call(this), locale, options); } }.toLocaleString);
	define(BigInt.prototype, { toLocaleString(locale, options) { return formatNumber(BigInt.prototype.valueOf.call(this), locale, options); } }.toLocaleString);
}

module.exports = { formatNumber, language, install };
