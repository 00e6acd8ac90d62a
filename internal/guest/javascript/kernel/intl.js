// A small Intl: en-US (and number separators of a few other languages), UTC.
// It covers what programs print and sort by, not the world's languages.

const { formatNumber, language, install: installNumbers } = load("numbers");

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const pad = (n, w = 2) => String(n).padStart(w, "0");

// ---- Dates ----

const DATE_PARTS = ["weekday", "year", "month", "day"];
const TIME_PARTS = ["hour", "minute", "second", "fractionalSecondDigits", "dayPeriod"];
const DATE_STYLES = {
	full: { weekday: "long", year: "numeric", month: "long", day: "numeric" }, long: { year: "numeric", month: "long", day: "numeric" },
	medium: { year: "numeric", month: "short", day: "numeric" }, short: { year: "2-digit", month: "numeric", day: "numeric" },
};
const TIME_STYLES = {
	full: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "long" }, long: { hour: "numeric", minute: "2-digit", second: "2-digit", timeZoneName: "short" },
	medium: { hour: "numeric", minute: "2-digit", second: "2-digit" }, short: { hour: "numeric", minute: "2-digit" },
};

function zoneOffset(zone) {
	if (zone === undefined || /^(utc|gmt|etc\/(utc|gmt)|z)$/i.test(zone)) return 0;
	const m = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
	if (m) return (m[1] === "-" ? -1 : 1) * (Number(m[2]) * 60 + Number(m[3] ?? 0));
	if (!/^[A-Za-z_]+(\/[A-Za-z_+\-0-9]+)+$/.test(zone) && !/^[A-Z]{3,4}$/.test(zone)) throw new RangeError(`Invalid time zone specified: ${zone}`);
	throw new RangeError(`the time zone ${zone} is not in the wasm runtime: it knows UTC only`);
}

// datePart writes weekday, month, day and year as en-US orders them.
function datePart(o, d) {
	const year = o.year === "2-digit" ? pad(d.getUTCFullYear() % 100) : o.year ? String(d.getUTCFullYear()) : "";
	const day = o.day === "2-digit" ? pad(d.getUTCDate()) : o.day ? String(d.getUTCDate()) : "";
	const weekday = o.weekday ? { long: DAYS[d.getUTCDay()], short: DAYS[d.getUTCDay()].slice(0, 3), narrow: DAYS[d.getUTCDay()][0] }[o.weekday] : "";
	const m = d.getUTCMonth();
	if (o.month === "long" || o.month === "short" || o.month === "narrow") {
		const month = { long: MONTHS[m], short: MONTHS[m].slice(0, 3), narrow: MONTHS[m][0] }[o.month];
		const front = [month, day].filter(Boolean).join(" ");
		const dated = year ? (day ? `${front}, ${year}` : `${front} ${year}`) : front;
		return weekday ? `${weekday}, ${dated}` : dated;
	}
	const month = o.month === "2-digit" ? pad(m + 1) : o.month ? String(m + 1) : "";
	const dated = [month, day, year].filter(Boolean).join("/");
	return weekday ? (dated ? `${weekday}, ${dated}` : weekday) : dated;
}

function timePart(o, d) {
	const h = d.getUTCHours();
	const twelve = o.hourCycle ? o.hourCycle.startsWith("h1") : (o.hour12 ?? true);
	const shown = twelve ? h % 12 || 12 : h;
	const alone = o.minute === undefined && o.second === undefined;
	let text = "";
	if (o.hour) text = o.hour === "2-digit" || !twelve ? pad(shown === 0 && o.hour12 === false ? 24 : shown) : String(shown);
	if (o.hour && !twelve && o.hourCycle === "h23") text = pad(h);
	if (o.minute) text += text ? `:${pad(d.getUTCMinutes())}` : o.second ? pad(d.getUTCMinutes()) : String(d.getUTCMinutes());
	if (o.second) text += text ? `:${pad(d.getUTCSeconds())}` : String(d.getUTCSeconds());
	if (o.fractionalSecondDigits) text += `.${pad(d.getUTCMilliseconds(), 3).slice(0, o.fractionalSecondDigits)}`;
	if (o.hour && twelve) text += `${alone ? " " : " "}${h < 12 ? "AM" : "PM"}`;
	if (o.timeZoneName) text += o.timeZoneName === "long" ? " Coordinated Universal Time" : " UTC";
	return text;
}

function completed(options, fallback) {
	const o = { ...options };
	if (o.dateStyle || o.timeStyle) return { ...(DATE_STYLES[o.dateStyle] ?? {}), ...(TIME_STYLES[o.timeStyle] ?? {}), ...o };
	const dated = DATE_PARTS.some((key) => o[key] !== undefined);
	const timed = TIME_PARTS.some((key) => o[key] !== undefined);
	if (fallback.includes("date") ? !dated && (fallback === "date" || !timed) : false) Object.assign(o, { year: "numeric", month: "numeric", day: "numeric" });
	if (fallback.includes("time") ? !timed && (fallback === "time" || !dated) : false) Object.assign(o, { hour: "numeric", minute: "2-digit", second: "2-digit" });
	return o;
}

function formatDate(value, locale, options, fallback) {
	const d = new Date(value);
	if (isNaN(d)) return "Invalid Date";
	const o = completed(options, fallback);
	const shifted = new Date(d.getTime() + zoneOffset(o.timeZone) * 60000);
	const tag = language(locale);
	let date = datePart(o, shifted);
	let time = timePart(o, shifted);
	if (date && o.month && !["long", "short", "narrow"].includes(o.month) && !tag.startsWith("en-US")) date = foreignDate(tag, o, shifted) ?? date;
	if (/^(en-GB|de|fr|es|it|sv|pt|nl)/.test(tag) && o.hour && o.hour12 === undefined) time = timePart({ ...o, hourCycle: "h23", hour: "2-digit" }, shifted);
	const long = o.dateStyle === "full" || o.dateStyle === "long";
	return [date, time].filter(Boolean).join(long ? " at " : tag.startsWith("sv") ? " " : ", ");
}

function foreignDate(tag, o, d) {
	if (!(o.year && o.month && o.day)) return undefined;
	const two = (n, how, wide) => (how === "2-digit" || wide ? pad(n) : String(n));
	const year = o.year === "2-digit" ? pad(d.getUTCFullYear() % 100) : d.getUTCFullYear();
	if (/^(en-CA|sv)/.test(tag)) return `${year}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())}`;
	const wide = /^(en-GB|fr|pt)/.test(tag);
	const parts = [two(d.getUTCDate(), o.day, wide), two(d.getUTCMonth() + 1, o.month, wide), year];
	if (/^(en-GB|fr|pt|es|it)/.test(tag)) return parts.join("/");
	if (/^(de|ru|pl|nb|fi|cs)/.test(tag)) return parts.join(".");
	return undefined;
}

class DateTimeFormat {
	#locale;
	#options;
	constructor(locale, options) {
		this.#locale = language(locale);
		this.#options = { ...options };
		zoneOffset(this.#options.timeZone);
		this.format = (d = Date.now()) => formatDate(d, this.#locale, this.#options, "date");
	}
	formatToParts(d = Date.now()) {
		const text = this.format(d);
		const o = completed(this.#options, "date");
		const parts = [];
		const order = [];
		if (o.weekday) order.push("weekday");
		if (o.month) order.push("month");
		if (o.day) order.push("day");
		if (o.year) order.push("year");
		for (const key of ["hour", "minute", "second"]) if (o[key]) order.push(key);
		for (const piece of text.match(/[A-Za-z]+|\d+|[^A-Za-z\d]+/g) ?? []) {
			if (/^(AM|PM)$/.test(piece)) parts.push({ type: "dayPeriod", value: piece });
			else if (/^[A-Za-z\d]/.test(piece) && order.length) parts.push({ type: order.shift(), value: piece });
			else parts.push({ type: "literal", value: piece });
		}
		return parts;
	}
	formatRange(a, b) {
		return `${this.format(a)} – ${this.format(b)}`;
	}
	resolvedOptions() {
		return { locale: this.#locale, calendar: "gregory", numberingSystem: "latn", timeZone: this.#options.timeZone ?? "UTC", ...completed(this.#options, "date") };
	}
	get [Symbol.toStringTag]() { return "Intl.DateTimeFormat"; }
}

class NumberFormat {
	#locale;
	#options;
	constructor(locale, options) {
		this.#locale = language(locale);
		this.#options = { ...options };
		formatNumber(0, this.#locale, this.#options); // says what is wrong with the options
		this.format = (n) => formatNumber(n, this.#locale, this.#options);
	}
	formatToParts(n) {
		const parts = [];
		let whole = true;
		for (const piece of this.format(n).match(/\d+|[^\d]/g) ?? []) {
			if (/^\d/.test(piece)) parts.push({ type: whole ? "integer" : "fraction", value: piece });
			else if (piece === ",") parts.push({ type: "group", value: piece });
			else if (piece === ".") {
				whole = false;
				parts.push({ type: "decimal", value: piece });
			} else if (piece === "-") parts.push({ type: "minusSign", value: piece });
			else if (piece === "%") parts.push({ type: "percentSign", value: piece });
			else parts.push({ type: "currency", value: piece });
		}
		return parts;
	}
	resolvedOptions() {
		return { locale: this.#locale, numberingSystem: "latn", style: "decimal", ...this.#options };
	}
	get [Symbol.toStringTag]() { return "Intl.NumberFormat"; }
}

// ---- Order ----

// weigh gives a character its place in the order of dictionaries: spaces and
// signs, digits, letters.
function weigh(ch) {
	if (/\p{L}/u.test(ch)) return 3;
	if (/\p{N}/u.test(ch)) return 2;
	return 1;
}

const SIGNS = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

function signOrder(ch) {
	const at = SIGNS.indexOf(ch);
	return /\s/.test(ch) ? -1 : at < 0 ? 1000 + ch.codePointAt(0) : at;
}

function compareBase(a, b, numeric) {
	const x = numeric ? (a.match(/\d+|./gsu) ?? []) : [...a];
	const y = numeric ? (b.match(/\d+|./gsu) ?? []) : [...b];
	for (let i = 0; i < x.length && i < y.length; i++) {
		if (x[i] === y[i]) continue;
		const p = weigh(x[i]);
		const q = weigh(y[i]);
		if (p !== q) return p - q;
		if (p === 2 && numeric) {
			const d = Number(x[i]) - Number(y[i]);
			if (d !== 0) return d;
			continue;
		}
		if (p === 1) return signOrder(x[i]) - signOrder(y[i]);
		return x[i] < y[i] ? -1 : 1;
	}
	return x.length - y.length;
}

const bare = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

function compare(a, b, options = {}) {
	a = String(a);
	b = String(b);
	if (a === b) return 0;
	const sign = (n) => (n < 0 ? -1 : n > 0 ? 1 : 0);
	const numeric = options.numeric === true || String(options.locale ?? "").includes("-u-kn");
	const x = bare(a);
	const y = bare(b);
	let d = sign(compareBase(x, y, numeric));
	const sensitivity = options.sensitivity ?? "variant";
	if (d !== 0 || sensitivity === "base") return d;
	const p = a.normalize("NFD");
	const q = b.normalize("NFD");
	if (sensitivity !== "case") {
		const m = p.toLowerCase();
		const n = q.toLowerCase();
		if (m !== n) return m < n ? -1 : 1;
		if (sensitivity === "accent") return 0;
	}
	for (let i = 0; i < p.length && i < q.length; i++) {
		if (p[i] === q[i]) continue;
		const upper = p[i] === p[i].toUpperCase() && p[i] !== p[i].toLowerCase();
		return (options.caseFirst === "upper") === upper ? -1 : 1;
	}
	return sign(p.length - q.length);
}

class Collator {
	#options;
	#locale;
	constructor(locale, options) {
		this.#locale = language(locale);
		this.#options = { ...options, locale: this.#locale };
		this.compare = (a, b) => compare(a, b, this.#options);
	}
	resolvedOptions() {
		return { locale: this.#locale, usage: "sort", sensitivity: "variant", ignorePunctuation: false, collation: "default", numeric: false, caseFirst: "false", ...this.#options };
	}
	get [Symbol.toStringTag]() { return "Intl.Collator"; }
}

// ---- Words ----

class PluralRules {
	#ordinal;
	constructor(locale, options) {
		this.#ordinal = options?.type === "ordinal";
	}
	select(n) {
		if (!this.#ordinal) return n === 1 ? "one" : "other";
		if (n % 10 === 1 && n % 100 !== 11) return "one";
		if (n % 10 === 2 && n % 100 !== 12) return "two";
		if (n % 10 === 3 && n % 100 !== 13) return "few";
		return "other";
	}
	resolvedOptions() {
		return { locale: "en-US", type: this.#ordinal ? "ordinal" : "cardinal" };
	}
	get [Symbol.toStringTag]() { return "Intl.PluralRules"; }
}

class ListFormat {
	#word;
	#style;
	constructor(locale, options) {
		this.#word = options?.type === "disjunction" ? "or" : options?.type === "unit" ? "" : "and";
		this.#style = options?.style ?? "long";
	}
	format(list) {
		const items = [...list];
		const word = this.#word === "and" && this.#style !== "long" ? (this.#style === "short" ? "&" : "") : this.#word;
		if (items.length < 2) return items.join("");
		if (word === "") return items.join(", ");
		if (items.length === 2) return `${items[0]} ${word} ${items[1]}`;
		return `${items.slice(0, -1).join(", ")}, ${word} ${items.at(-1)}`;
	}
	get [Symbol.toStringTag]() { return "Intl.ListFormat"; }
}

class RelativeTimeFormat {
	#auto;
	constructor(locale, options) {
		this.#auto = options?.numeric === "auto";
	}
	format(n, unit) {
		unit = String(unit).replace(/s$/, "");
		if (this.#auto) {
			const said = { "-1 day": "yesterday", "0 day": "today", "1 day": "tomorrow", "0 second": "now" }[`${n} ${unit}`];
			if (said) return said;
			if ([-1, 0, 1].includes(n) && ["year", "quarter", "month", "week"].includes(unit)) return `${["last", "this", "next"][n + 1]} ${unit}`;
			if (n === 0) return `this ${unit}`;
		}
		const size = Math.abs(n);
		const words = `${formatNumber(size)} ${unit}${size === 1 ? "" : "s"}`;
		return n < 0 || Object.is(n, -0) ? `${words} ago` : `in ${words}`;
	}
	get [Symbol.toStringTag]() { return "Intl.RelativeTimeFormat"; }
}

class Segmenter {
	#by;
	constructor(locale, options) {
		this.#by = options?.granularity ?? "grapheme";
	}
	segment(text) {
		const grapheme = /\p{RI}\p{RI}|\p{Emoji}(?:\p{EMod}|\ufe0f\u20e3?)?(?:\u200d\p{Emoji}(?:\p{EMod}|\ufe0f)?)+|[^\p{M}](?:\p{M}|\p{EMod}|\u200d|\ufe0f)*|\p{M}+/gsu;
		const how = this.#by === "word" ? /[\p{L}\p{N}_]+(?:['’.][\p{L}\p{N}_]+)*|\s+|./gsu : this.#by === "sentence" ? /[^.!?]+[.!?]*\s*/gsu : grapheme;
		const list = [];
		for (const m of text.matchAll(how)) {
			const segment = { segment: m[0], index: m.index, input: text };
			if (this.#by === "word") segment.isWordLike = /[\p{L}\p{N}]/u.test(m[0]);
			list.push(segment);
		}
		return list;
	}
}

// callable lets a class be called without new, as Intl's older ones can.
function callable(Kind) {
	return new Proxy(Kind, { apply: (target, self, args) => new target(...args) });
}

function install() {
	installNumbers();
	const Intl = {};
	const all = { DateTimeFormat: callable(DateTimeFormat), NumberFormat: callable(NumberFormat), Collator: callable(Collator), PluralRules, ListFormat, RelativeTimeFormat, Segmenter };
	for (const [name, Kind] of Object.entries(all)) {
		Kind.supportedLocalesOf = (list) => [list].flat();
		Object.defineProperty(Intl, name, { value: Kind, writable: true, configurable: true });
	}
	Object.defineProperty(Intl, "getCanonicalLocales", { value: (list) => [list ?? []].flat(), writable: true, configurable: true });
	Object.defineProperty(Intl, Symbol.toStringTag, { value: "Intl", configurable: true });
	Object.defineProperty(globalThis, "Intl", { value: Intl, writable: true, configurable: true });
	const add = (proto, methods) => {
		for (const name of Object.keys(methods)) Object.defineProperty(proto, name, { value: methods[name], writable: true, configurable: true });
	};
	add(Date.prototype, {
		toLocaleString(locale, options) { return formatDate(Date.prototype.getTime.call(this), locale, options, "date time"); },
		toLocaleDateString(locale, options) { return formatDate(Date.prototype.getTime.call(this), locale, options, "date"); },
		toLocaleTimeString(locale, options) { return formatDate(Date.prototype.getTime.call(this), locale, options, "time"); },
	});
	const named = (text) => (text === "Invalid Date" ? text : `${text} (Coordinated Universal Time)`);
	const { toString, toTimeString } = Date.prototype;
	add(Date.prototype, {
		toString() { return named(toString.call(this)); },
		toTimeString() { return named(toTimeString.call(this)); },
	});
	add(String.prototype, { localeCompare(other, locale, options) { return compare(this, other, { ...options, locale }); } });
	add(Array.prototype, { toLocaleString(locale, options) { return Array.prototype.map.call(this, (v) => (v == null ? "" : v.toLocaleString(locale, options))).join(","); } });
}

module.exports = { install, compare, formatDate };
