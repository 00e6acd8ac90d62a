// Text: what JSON.parse says when it fails, in the words people know.

const parse = JSON.parse;

function quoted(text, at) {
	if (text.length <= 40) return `"${text}"`;
	const from = Math.max(0, at - 10);
	const to = Math.min(text.length, at + 10);
	return `${from > 0 ? "..." : ""}"${text.slice(from, to)}"${to < text.length ? "..." : ""}`;
}

// explain finds what is wrong with a text that is not JSON.
function explain(text) {
	let i = 0;
	const at = (what) => `${what} in JSON at position ${i}`;
	const unexpected = () =>
		i >= text.length ? "Unexpected end of JSON input" : `Unexpected token '${String.fromCodePoint(text.codePointAt(i))}', ${quoted(text, i)} is not valid JSON`;
	const space = () => {
		while (i < text.length && " \t\n\r".includes(text[i])) i++;
	};
	function value() {
		space();
		const ch = text[i];
		if (ch === "{") return object();
		if (ch === "[") return array();
		if (ch === '"') return string();
		if (ch === "-" || (ch >= "0" && ch <= "9")) return number();
		for (const word of ["true", "false", "null"]) {
			if (ch !== word[0]) continue;
			for (const c of word) {
				if (text[i] !== c) return unexpected();
				i++;
			}
			return;
		}
		return unexpected();
	}
	function object() {
		i++;
		space();
		if (text[i] === "}") return void i++;
		for (let first = true; ; first = false) {
			space();
			if (text[i] !== '"') return at(first ? "Expected property name or '}'" : "Expected double-quoted property name");
			let bad = string();
			if (bad) return bad;
			space();
			if (text[i] !== ":") return at("Expected ':' after property name");
			i++;
			if ((bad = value())) return bad;
			space();
			if (text[i] === "}") return void i++;
			if (text[i] !== ",") return at("Expected ',' or '}' after property value");
			i++;
		}
	}
	function array() {
		i++;
		space();
		if (text[i] === "]") return void i++;
		for (;;) {
			const bad = value();
			if (bad) return bad;
			space();
			if (text[i] === "]") return void i++;
			if (text[i] !== ",") return at("Expected ',' or ']' after array element");
			i++;
		}
	}
	function string() {
		for (i++; i < text.length; i++) {
			const ch = text[i];
			if (ch === '"') return void i++;
			if (ch < " ") return at("Bad control character in string literal");
			if (ch === "\\") {
				i++;
				if (text[i] === "u") {
					for (let n = 0; n < 4; n++) if (!/[0-9a-fA-F]/.test(text[++i] ?? "")) return at("Bad Unicode escape");
				} else if (i < text.length && !'"\\/bfnrt'.includes(text[i])) return at("Bad escaped character");
			}
		}
		return at("Unterminated string");
	}
	function number() {
		const digit = () => text[i] >= "0" && text[i] <= "9";
		if (text[i] === "-") {
			i++;
			if (!digit()) return at("No number after minus sign");
		}
		if (text[i] === "0") {
			i++;
			if (digit()) return at("Unexpected number");
		}
		while (digit()) i++;
		if (text[i] === ".") {
			i++;
			if (!digit()) return at("Unterminated fractional number");
			while (digit()) i++;
		}
		if (text[i] === "e" || text[i] === "E") {
			i++;
			if (text[i] === "+" || text[i] === "-") i++;
			if (!digit()) return at("Exponent part is missing a number");
			while (digit()) i++;
		}
	}
	if (["undefined", "[object Object]", "NaN", "Infinity"].includes(text)) return `"${text}" is not valid JSON`;
	const bad = value();
	if (bad) return bad;
	space();
	return i < text.length ? at("Unexpected non-whitespace character after JSON").replace(" in JSON at", " at") : undefined;
}

function install() {
	const { parse: wrapped } = {
		parse(text, reviver) {
			try {
				return reviver === undefined ? parse(text) : parse(text, reviver);
			} catch (e) {
				if (!(e instanceof SyntaxError) || typeof text === "object") throw e;
				const said = explain(String(text));
				throw said === undefined ? e : new SyntaxError(said);
			}
		},
	};
	Object.defineProperty(JSON, "parse", { value: wrapped, writable: true, configurable: true });
}

module.exports = { install };
