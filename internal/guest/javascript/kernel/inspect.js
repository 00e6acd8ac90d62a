// Values as text, in the form that Node's util.inspect gives them, so that
// what programs print looks as people and models expect it.

const custom = Symbol.for("nodejs.util.inspect.custom");

const DEFAULTS = {
	showHidden: false, depth: 2, colors: false, customInspect: true, showProxy: false, maxArrayLength: 100,
	maxStringLength: 10000, breakLength: 128, compact: 3, sorted: false, getters: false, numericSeparator: false,
};

const STYLES = {
	special: [36, 39], number: [33, 39], bigint: [33, 39], boolean: [33, 39], undefined: [90, 39], null: [1, 22],
	string: [32, 39], symbol: [32, 39], date: [35, 39], regexp: [31, 39], module: [4, 24],
};

// inspect returns a value as text. Options are Node's.
function inspect(value, options) {
	if (options === undefined && typeof value === "number") return number(DEFAULTS, value); // without making options of its own
	const c = { ...DEFAULTS, seen: [], indent: 0, level: 0, circular: undefined, budget: 0, user: undefined };
	c.breakLength = 80;
	if (typeof options === "object" && options !== null) {
		for (const name of Object.keys(options)) if (name in DEFAULTS || name === "stylize") c[name] = options[name];
		c.user = options;
	} else if (options !== undefined) {
		c.showHidden = Boolean(options);
		if (arguments.length > 2 && arguments[2] !== undefined) c.depth = arguments[2];
		if (arguments.length > 3 && arguments[3] !== undefined) c.colors = arguments[3];
	}
	if (c.maxArrayLength === null) c.maxArrayLength = Infinity;
	if (c.maxStringLength === null) c.maxStringLength = Infinity;
	return any(c, value, 0, true);
}

function paint(c, text, kind) {
	const style = c.colors ? STYLES[kind] : undefined;
	return style === undefined ? text : `\x1b[${style[0]}m${text}\x1b[${style[1]}m`;
}

const ESCAPES = { "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "\\": "\\\\" };
const TO_ESCAPE = /[\x00-\x1f\x27\x5c\x7f-\x9f]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const ALL_TO_ESCAPE = new RegExp(TO_ESCAPE.source, "g");

// quote returns a string as a literal, in the quotes that need least escaping.
function quote(text) {
	let q = "'";
	if (!TO_ESCAPE.test(text)) return `'${text}'`;
	if (text.includes("'")) {
		if (!text.includes('"')) q = '"';
		else if (!text.includes("`") && !text.includes("${")) q = "`";
	}
	const escape = (ch) => {
		if (ch === "'") return q === "'" ? "\\'" : ch;
		if (ch in ESCAPES) return ESCAPES[ch];
		const n = ch.charCodeAt(0);
		return n < 256 ? `\\x${n.toString(16).toUpperCase().padStart(2, "0")}` : `\\u${n.toString(16)}`;
	};
	return q + text.replace(ALL_TO_ESCAPE, escape) + q;
}

function separated(c, text) {
	if (!c.numericSeparator) return text;
	const [whole, part] = text.split(".");
	const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "_");
	return part === undefined ? grouped : `${grouped}.${part.replace(/(\d{3})(?=\d)/g, "$1_")}`;
}

function number(c, n) {
	return paint(c, Object.is(n, -0) ? "-0" : separated(c, String(n)), "number");
}

function primitive(c, v) {
	switch (typeof v) {
		case "string": {
			let rest = "";
			if (v.length > c.maxStringLength) {
				const more = v.length - c.maxStringLength;
				v = v.slice(0, c.maxStringLength);
				rest = `... ${more} more character${more > 1 ? "s" : ""}`;
			}
			if (c.compact !== true && v.length > 16 && v.length > c.breakLength - c.indent - 4 && v.includes("\n")) {
				const lines = v.split(/(?<=\n)/).map((line) => paint(c, quote(line), "string"));
				return lines.join(` +\n${" ".repeat(c.indent + 2)}`) + rest;
			}
			return paint(c, quote(v), "string") + rest;
		}
		case "number": return number(c, v);
		case "bigint": return paint(c, `${separated(c, String(v))}n`, "bigint");
		case "boolean": return paint(c, String(v), "boolean");
		case "undefined": return paint(c, "undefined", "undefined");
		case "symbol": return paint(c, symbolText(v), "symbol");
	}
}

function symbolText(s) {
	const text = Symbol.prototype.toString.call(s);
	return /^[\w.@ -]*$/.test(s.description ?? "") ? text : text.replace(ALL_TO_ESCAPE, (ch) => ESCAPES[ch] ?? ch);
}

function any(c, v, depth, typed) {
	if (v === null) return paint(c, "null", "null");
	if (typeof v !== "object" && typeof v !== "function") return primitive(c, v);
	const proxy = host.proxy(v);
	const outer = v;
	if (proxy !== undefined) {
		if (proxy[0] === null) return "<Revoked Proxy>";
		if (c.showProxy) return showProxy(c, proxy, depth);
		while (host.proxy(v) !== undefined) v = host.proxy(v)[0];
		if (v === null) return "<Revoked Proxy>";
	}
	if (c.customInspect) {
		const f = v[custom];
		if (typeof f === "function" && f !== inspect && !(v.constructor && v.constructor.prototype === v)) {
			const left = c.depth === null ? null : c.depth - depth;
			const options = { ...optionsOf(c), depth: left, stylize: (text, kind) => paint(c, text, kind) };
			const said = f.call(outer, left, options, inspect);
			if (said !== outer) {
				if (typeof said !== "object" || said === null) return typeof said === "string" ? said.replaceAll("\n", `\n${" ".repeat(c.indent)}`) : any(c, said, depth);
				return any(c, said, depth).replaceAll("\n", `\n${" ".repeat(c.indent)}`);
			}
		}
	}
	if (c.seen.includes(v)) {
		c.circular ??= new Map();
		let n = c.circular.get(v);
		if (n === undefined) c.circular.set(v, (n = c.circular.size + 1));
		return paint(c, `[Circular *${n}]`, "special");
	}
	return object(c, v, depth);
}

function optionsOf(c) {
	const o = {};
	for (const name of Object.keys(DEFAULTS)) o[name] = c[name];
	return { ...c.user, ...o };
}

function showProxy(c, [target, handler], depth) {
	if (depth > c.depth && c.depth !== null) return paint(c, "Proxy [Array]", "special");
	c.indent += 2;
	const parts = [any(c, target, depth + 1), any(c, handler, depth + 1)];
	c.indent -= 2;
	return join(c, parts, "", ["Proxy [", "]"], false, depth);
}

// constructorName finds what made an object; null when nothing did.
function constructorName(v) {
	for (let o = v; o !== null; o = Object.getPrototypeOf(o)) {
		const d = Object.getOwnPropertyDescriptor(o, "constructor");
		if (d !== undefined && typeof d.value === "function" && d.value.name !== "" && madeBy(v, d.value)) return String(d.value.name);
	}
	return null;
}

function madeBy(v, f) {
	try {
		return v instanceof f;
	} catch {
		return false;
	}
}

function prefix(name, tag, fallback, size = "") {
	if (name === null) {
		if (tag !== "" && fallback !== tag) return `[${fallback}${size}: null prototype] [${tag}] `;
		return `[${fallback}${size}: null prototype] `;
	}
	if (tag !== "" && name !== tag) return `${name}${size} [${tag}] `;
	return `${name}${size} `;
}

function keysOf(c, v) {
	const symbols = Object.getOwnPropertySymbols(v);
	if (c.showHidden) return [...Object.getOwnPropertyNames(v), ...symbols];
	let keys;
	try {
		keys = Object.keys(v);
	} catch {
		keys = Object.getOwnPropertyNames(v); // a module whose values are not there yet
	}
	for (const s of symbols) if (Object.prototype.propertyIsEnumerable.call(v, s)) keys.push(s);
	return keys;
}

const isIndex = (key) => typeof key === "string" && /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 4294967295;
const TYPED = /^(Big)?(Ui|I)nt\d+(C|Clamped)?Array$|^Float\d+Array$/;

function object(c, v, depth) {
	const name = constructorName(v);
	let tag = "";
	try {
		tag = v[Symbol.toStringTag];
	} catch {}
	if (typeof tag !== "string" || tag === name) tag = "";
	const own = c.showHidden ? Object.prototype.hasOwnProperty : Object.prototype.propertyIsEnumerable;
	if (tag !== "" && host.proxy(v) === undefined && own.call(v, Symbol.toStringTag)) tag = ""; // it is among the properties
	const kind = host.class(v);
	const shape = describe(c, v, kind, name, tag);
	if (typeof shape === "string") return shape;
	const { keys, parts, braces, list } = shape;
	let base = shape.base;
	if (depth > c.depth && c.depth !== null) {
		const what = prefix(name, tag, Array.isArray(v) ? "Array" : "Object").slice(0, -1);
		return paint(c, `[${what}]`, "special");
	}
	depth++;
	c.seen.push(v);
	c.level = depth;
	const output = parts ? parts(depth) : [];
	for (const key of keys) output.push(property(c, v, depth, key));
	c.seen.pop();
	const n = c.circular?.get(v);
	if (n !== undefined) {
		const mark = paint(c, `<ref *${n}>`, "special");
		if (c.compact !== true) base = base === "" ? mark : `${mark} ${base}`;
		else braces[0] = `${mark} ${braces[0]}`;
	}
	if (c.sorted) {
		const order = c.sorted === true ? undefined : c.sorted;
		if (!list) output.sort(order);
	}
	return join(c, output, base, braces, list, depth, v);
}

// describe says how a kind of object is written: at once as text, or as
// braces, parts within them, and properties.
function describe(c, v, kind, name, tag) {
	let keys = keysOf(c, v);
	const braced = (open, parts, base = "", list = false, close = "}") => ({ keys, parts, braces: [open, close], base, list });
	if (Array.isArray(v)) {
		keys = keys.filter((key) => !isIndex(key) && (c.showHidden || key !== "length"));
		const start = name !== "Array" || tag !== "" ? prefix(name, tag, "Array", `(${v.length})`) : "";
		if (v.length === 0 && keys.length === 0) return `${start}[]`;
		return braced(`${start}[`, (depth) => elements(c, v, depth), "", true, "]");
	}
	if (kind === "Set") {
		const start = prefix(name, tag, "Set", `(${setSize(v)})`);
		if (setSize(v) === 0 && keys.length === 0) return `${start}{}`;
		return braced(`${start}{`, (depth) => members(c, v, depth));
	}
	if (kind === "Map") {
		const start = prefix(name, tag, "Map", `(${mapSize(v)})`);
		if (mapSize(v) === 0 && keys.length === 0) return `${start}{}`;
		return braced(`${start}{`, (depth) => pairs(c, v, depth));
	}
	if (ArrayBuffer.isView(v) && kind !== "DataView") {
		keys = keys.filter((key) => !isIndex(key));
		const fallback = TYPED.test(kind) ? kind : "Uint8Array";
		const start = prefix(name, tag, fallback, `(${v.length})`);
		if (v.length === 0 && keys.length === 0) return `${start}[]`;
		return braced(`${start}[`, () => typedElements(c, v), "", true, "]");
	}
	if (kind === "Map Iterator" || kind === "Set Iterator") {
		const rest = host.entries(v);
		if (!rest.pairs) return braced(`[${tag || kind}] {`, (depth) => listed(c, rest, depth));
		const parts = (depth) => {
			const output = [];
			for (let i = 0; i < rest.length; i += 2) output.push(join(c, listed(c, [rest[i], rest[i + 1]], depth), "", ["[", "]"], true, depth));
			return output;
		};
		return braced(`[${kind.slice(0, 3)} Entries] {`, (depth) => {
			c.indent += 2;
			const output = parts(depth);
			c.indent -= 2;
			return output;
		});
	}
	if (kind === "Arguments") return keys.length === 0 ? "[Arguments] {}" : braced("[Arguments] {");
	if (typeof v === "function") {
		if (!c.showHidden) keys = keys.filter((key) => key !== "prototype");
		const base = functionText(v, name, tag);
		return keys.length === 0 ? paint(c, base, "special") : braced("{", undefined, base);
	}
	if (kind === "RegExp") {
		const text = RegExp.prototype.toString.call(v);
		const start = prefix(name, tag, "RegExp");
		const base = start !== "RegExp " ? `${start}${text}` : text;
		return keys.length === 0 ? paint(c, base, "regexp") : braced("{", undefined, base);
	}
	if (kind === "Date") {
		const text = isNaN(Date.prototype.getTime.call(v)) ? "Invalid Date" : Date.prototype.toISOString.call(v);
		const start = prefix(name, tag, "Date");
		const base = start !== "Date " ? `${start}${text}` : text;
		return keys.length === 0 ? paint(c, base, "date") : braced("{", undefined, base);
	}
	if (kind === "Error") return errorShape(c, v, name, tag, keys);
	if (kind === "ArrayBuffer" || kind === "SharedArrayBuffer") return bufferShape(c, v, kind, name, tag, keys);
	if (kind === "DataView") {
		const parts = (depth) => ["byteLength", "byteOffset", "buffer"].map((key) => `${key}: ${nested(c, v[key], depth)}`);
		return braced(`${prefix(name, tag, "DataView")}{`, parts);
	}
	if (kind === "Promise") return braced(`${prefix(name, tag, "Promise")}{`, (depth) => promised(c, v, depth));
	if (kind === "WeakSet" || kind === "WeakMap")
		return braced(`${prefix(name, tag, kind)}{`, () => [paint(c, "<items unknown>", "special")]);
	if (kind === "WeakRef") return braced(`${prefix(name, tag, "WeakRef")}{`, (depth) => [nested(c, v.deref(), depth)]);
	if (kind === "Module" || (name === null && tag === "Module")) return braced(`[${tag || "Module"}: null prototype] {`);
	if (["Number", "String", "Boolean", "BigInt", "Symbol"].includes(kind)) return boxed(c, v, kind, name, tag, keys);
	if (name === "Object" && tag === "") return keys.length === 0 ? "{}" : braced("{");
	if (kind === "Generator" || kind === "AsyncGenerator") tag ||= kind;
	const start = prefix(name, tag, "Object");
	if (keys.length === 0) return `${start}{}`;
	return braced(`${start}{`);
}

const setSize = (v) => Reflect.get(Set.prototype, "size", v);
const mapSize = (v) => Reflect.get(Map.prototype, "size", v);

function functionText(v, name, tag) {
	const source = Function.prototype.toString.call(v);
	if (source.startsWith("class") && source.endsWith("}")) {
		const own = Object.prototype.hasOwnProperty.call(v, "name") && v.name;
		let text = `class ${own || "(anonymous)"}`;
		if (name !== "Function" && name !== null) text += ` [${name}]`;
		if (tag !== "" && name !== tag) text += ` [${tag}]`;
		if (name === null) text += " extends null";
		else {
			const parent = Object.getPrototypeOf(v).name;
			if (parent) text += ` extends ${parent}`;
		}
		return `[${text}]`;
	}
	const kind = { GeneratorFunction: "GeneratorFunction", AsyncFunction: "AsyncFunction", AsyncGeneratorFunction: "AsyncGeneratorFunction" }[host.class(v)] ?? "Function";
	let text = `[${kind}`;
	if (name === null) text += " (null prototype)";
	text += v.name === "" || typeof v.name !== "string" ? " (anonymous)" : `: ${v.name}`;
	text += "]";
	if (name !== kind && name !== null && name !== "Function") text += ` ${name}`;
	if (tag !== "" && name !== tag && tag !== kind) text += ` [${tag}]`;
	return text;
}

function boxed(c, v, kind, name, tag, keys) {
	const inner = { Number, String, Boolean, BigInt, Symbol }[kind].prototype.valueOf.call(v);
	let text = `[${kind}`;
	if (kind === "String") keys = keys.filter((key) => !isIndex(key) && (c.showHidden || key !== "length"));
	if (kind !== name) text += name === null ? " (null prototype)" : ` (${name})`;
	text += `: ${primitive({ ...c, colors: false }, inner)}]`;
	if (tag !== "" && tag !== name) text += ` [${tag}]`;
	if (keys.length === 0) return paint(c, text, kind.toLowerCase());
	return { keys, parts: undefined, braces: ["{", "}"], base: text, list: false };
}

function bufferShape(c, v, kind, name, tag, keys) {
	const bytes = new Uint8Array(v);
	const parts = (depth) => {
		const most = Math.min(50, c.maxArrayLength, bytes.length);
		let text = Array.from(bytes.subarray(0, most), (b) => b.toString(16).padStart(2, "0")).join(" ");
		const more = bytes.length - most;
		if (more > 0) text += ` ... ${more} more byte${more > 1 ? "s" : ""}`;
		return [`[Uint8Contents]: <${text}>`, `byteLength: ${number(c, v.byteLength)}`];
	};
	return { keys, parts, braces: [`${prefix(name, tag, kind)}{`, "}"], base: "", list: false };
}

function promised(c, v, depth) {
	const [state, result] = host.state(v);
	if (state === "pending") return [paint(c, "<pending>", "special")];
	const text = nested(c, result, depth);
	return [state === "rejected" ? `${paint(c, "<rejected>", "special")} ${text}` : text];
}

function nested(c, v, depth) {
	c.indent += 2;
	const text = any(c, v, depth);
	c.indent -= 2;
	return text;
}

function more(n) {
	return `... ${n} more item${n > 1 ? "s" : ""}`;
}

function elements(c, v, depth) {
	const output = [];
	const most = Math.min(Math.max(0, c.maxArrayLength), v.length);
	let i = 0;
	for (; i < v.length && output.length < most; i++) {
		if (!Object.prototype.hasOwnProperty.call(v, i)) {
			let n = 0;
			while (i + n < v.length && !Object.prototype.hasOwnProperty.call(v, i + n)) n++;
			output.push(paint(c, `<${n} empty item${n > 1 ? "s" : ""}>`, "undefined"));
			i += n - 1;
		} else output.push(property(c, v, depth, i, true));
	}
	if (i < v.length) output.push(more(v.length - i));
	return output;
}

function typedElements(c, v) {
	const most = Math.min(Math.max(0, c.maxArrayLength), v.length);
	const output = new Array(most);
	for (let i = 0; i < most; i++) output[i] = primitive(c, v[i]);
	if (v.length > most) output.push(more(v.length - most));
	if (c.showHidden) {
		for (const key of ["BYTES_PER_ELEMENT", "length", "byteLength", "byteOffset", "buffer"]) output.push(`[${key}]: ${nested(c, v[key], c.level)}`);
	}
	return output;
}

function listed(c, values, depth) {
	const output = [];
	c.indent += 2;
	for (const v of values) {
		if (output.length >= c.maxArrayLength) {
			output.push(more(values.length - output.length));
			break;
		}
		output.push(any(c, v, depth));
	}
	c.indent -= 2;
	return output;
}

function members(c, v, depth) {
	return listed(c, Array.from(Set.prototype.values.call(v)), depth);
}

function pairs(c, v, depth) {
	const output = [];
	const size = mapSize(v);
	c.indent += 2;
	for (const [key, value] of Map.prototype.entries.call(v)) {
		if (output.length >= c.maxArrayLength) {
			output.push(more(size - output.length));
			break;
		}
		output.push(`${any(c, key, depth)} => ${any(c, value, depth)}`);
	}
	c.indent -= 2;
	return output;
}

function property(c, v, depth, key, element) {
	const d = Object.getOwnPropertyDescriptor(v, key) ?? { value: v[key], enumerable: true };
	let text;
	if (d.value !== undefined) text = nested(c, d.value, depth);
	else if (d.get !== undefined) {
		text = d.set !== undefined ? "[Getter/Setter]" : "[Getter]";
		if (c.getters === true || (c.getters === "get" && d.set === undefined) || (c.getters === "set" && d.set !== undefined)) {
			try {
				text = `${text.slice(0, -1)}: ${nested(c, d.get.call(v), depth)}]`;
			} catch (e) {
				text = `${text.slice(0, -1)}: <Inspection threw (${e.message})>]`;
			}
		} else text = paint(c, text, "special");
	} else if (d.set !== undefined) text = paint(c, "[Setter]", "special");
	else text = paint(c, "undefined", "undefined");
	if (element) return text;
	let name;
	if (typeof key === "symbol") name = `[${paint(c, symbolText(key), "symbol")}]`;
	else if (key === "__proto__") name = "['__proto__']";
	else if (!d.enumerable) name = `[${key}]`;
	else if (/^[a-zA-Z_][a-zA-Z_0-9]*$/.test(key)) name = key;
	else name = paint(c, quote(key), "string");
	return `${name}: ${text}`;
}

// errorShape writes an error with its stack, and with what code added to it.
function errorShape(c, v, name, tag, keys) {
	let kind = "Error";
	try {
		kind = v.name != null ? String(v.name) : "Error";
	} catch {}
	let stack = typeof v.stack === "string" && v.stack ? v.stack : Error.prototype.toString.call(v);
	if (!c.showHidden) keys = keys.filter((key) => !(["name", "message", "stack"].includes(key) && stack.includes(String(v[key]))));
	else keys = keys.filter((key) => !(["name", "message", "stack", "fileName", "lineNumber", "columnNumber"].includes(key)));
	if (Object.prototype.hasOwnProperty.call(v, "cause") && !keys.includes("cause")) keys.push("cause");
	if (Array.isArray(Object.getOwnPropertyDescriptor(v, "errors")?.value) && !keys.includes("errors")) keys.push("errors");
	stack = improved(stack, name, kind, tag);
	const message = typeof v.message === "string" ? stack.indexOf(v.message) + v.message.length : 0;
	const frames = stack.indexOf("\n    at", Math.max(0, message > 0 ? message : 0));
	if (frames === -1) stack = `[${stack}]`;
	if (c.indent > 0) stack = stack.replaceAll("\n", `\n${" ".repeat(c.indent)}`);
	return keys.length === 0 ? stack : { keys, parts: undefined, braces: ["{", "}"], base: stack, list: false };
}

// improved puts the name of an error's class into its stack where that has
// only the name of a class it extends.
function improved(stack, name, kind, tag) {
	if (name === null) {
		const rest = /^([A-Z][a-z_ A-Z0-9[\]()-]+)(?::|\n\s+at)/.exec(stack) ?? /^([a-z_A-Z0-9-]*Error)$/.exec(stack);
		const start = (rest && rest[1]) || "";
		return `[${start || kind}: null prototype]${stack.slice(start.length)}`;
	}
	const begins = stack.startsWith(kind) && (stack.length === kind.length || stack[kind.length] === ":" || stack[kind.length] === "\n");
	if (kind.endsWith("Error") && begins && name !== kind) return (name.includes(kind) ? name : `${name} [${kind}]`) + stack.slice(kind.length);
	return tag !== "" && !stack.startsWith(name) ? `${name} [${tag}]${stack.slice(kind.length)}` : stack;
}

// join puts parts into braces: on one line when they are few and short.
function join(c, output, base, braces, list, depth, v) {
	const lead = base ? `${base} ` : "";
	if (c.compact !== true) {
		if (typeof c.compact === "number" && c.compact >= 1) {
			const count = output.length;
			if (list && count > 6) output = grouped(c, output, v);
			if (c.level - depth < c.compact && count === output.length) {
				const start = output.length + c.indent + braces[0].length + base.length + 10;
				if (fits(c, output, start, base)) {
					const line = output.join(", ");
					if (!line.includes("\n")) return `${lead}${braces[0]} ${line} ${braces[1]}`;
				}
			}
		}
		const margin = `\n${" ".repeat(c.indent)}`;
		return `${lead}${braces[0]}${margin}  ${output.join(`,${margin}  `)}${margin}${braces[1]}`;
	}
	if (fits(c, output, 0, base)) return `${braces[0]}${base ? ` ${base}` : ""} ${output.join(", ")} ${braces[1]}`;
	const margin = `\n${" ".repeat(c.indent)}`;
	const start = base === "" && braces[0].length === 1 ? " " : `${base ? ` ${base}` : ""}${margin}  `;
	return `${braces[0]}${start}${output.join(`,${margin}  `)} ${braces[1]}`;
}

function fits(c, output, start, base) {
	let total = output.length + start;
	if (total + output.length > c.breakLength) return false;
	for (const part of output) {
		total += c.colors ? plain(part).length : part.length;
		if (total > c.breakLength) return false;
	}
	return base === "" || !base.includes("\n");
}

// grouped puts the elements of a long list into columns.
function grouped(c, output, v) {
	const extra = c.maxArrayLength < output.length ? 1 : 0;
	const count = output.length - extra;
	const widths = [];
	let total = 0;
	let widest = 0;
	for (let i = 0; i < count; i++) {
		const w = width(output[i]);
		widths.push(w);
		total += w + 2;
		if (w > widest) widest = w;
	}
	const cell = widest + 2;
	if (cell * 3 + c.indent >= c.breakLength || !(total / cell > 5 || widest <= 6)) return output;
	const biased = Math.max(cell - 3 - Math.sqrt(cell - total / output.length), 1);
	const columns = Math.min(
		Math.round(Math.sqrt(2.5 * biased * count) / biased),
		Math.floor((c.breakLength - c.indent) / cell),
		c.compact * 4,
		15,
	);
	if (columns <= 1) return output;
	const size = [];
	for (let i = 0; i < columns; i++) {
		let w = 0;
		for (let j = i; j < count; j += columns) if (widths[j] > w) w = widths[j];
		size.push(w + 2);
	}
	let right = true;
	if (v !== undefined) {
		for (let i = 0; i < output.length; i++) {
			if (typeof v[i] !== "number" && typeof v[i] !== "bigint") {
				right = false;
				break;
			}
		}
	}
	const rows = [];
	for (let i = 0; i < count; i += columns) {
		const end = Math.min(i + columns, count);
		let row = "";
		for (let j = i; j < end; j++) {
			const last = j === end - 1;
			const text = last ? output[j] : `${output[j]}, `;
			const room = size[j - i] + output[j].length - widths[j] - (last ? 2 : 0);
			if (right) row += text.padStart(room);
			else row += last ? text : text.padEnd(room);
		}
		rows.push(row);
	}
	if (extra) rows.push(output[count]);
	return rows;
}

function plain(text) {
	return text.replace(/\x1b\[[\d;]*[A-Za-z]/g, "");
}

// width returns how many columns a text takes on a terminal.
function width(text) {
	if (/^[\x20-\x7e]*$/.test(text)) return text.length;
	let n = 0;
	for (const ch of plain(text).normalize("NFC")) {
		const p = ch.codePointAt(0);
		if (p < 32 || (p >= 0x7f && p < 0xa0) || (p >= 0x300 && p <= 0x36f) || (p >= 0x200b && p <= 0x200f) || (p >= 0xfe00 && p <= 0xfe0f) || (p >= 0x20d0 && p <= 0x20ff)) continue;
		const wide =
			p >= 0x1100 &&
			(p <= 0x115f || (p >= 0x2e80 && p <= 0x3247 && p !== 0x303f) || (p >= 0x3250 && p <= 0x4dbf) || (p >= 0x4e00 && p <= 0xa4c6) ||
				(p >= 0xa960 && p <= 0xa97c) || (p >= 0xac00 && p <= 0xd7a3) || (p >= 0xf900 && p <= 0xfaff) || (p >= 0xfe10 && p <= 0xfe19) ||
				(p >= 0xfe30 && p <= 0xfe6b) || (p >= 0xff01 && p <= 0xff60) || (p >= 0xffe0 && p <= 0xffe6) || (p >= 0x1f300 && p <= 0x1f64f) ||
				(p >= 0x1f900 && p <= 0x1f9ff) || (p >= 0x1f680 && p <= 0x1f6ff) || (p >= 0x20000 && p <= 0x3fffd));
		n += wide ? 2 : 1;
	}
	return n;
}

// format does what console.log does with its arguments.
function format(...args) {
	return formatWith(undefined, args);
}

function formatWith(options, args) {
	const first = args[0];
	if (args.length === 1) return typeof first === "string" ? first : inspect(first, options);
	let text = "";
	let next = 0;
	if (typeof first === "string") {
		next = 1;
		if (first.includes("%")) {
			text = first.replace(/%([sdifjoOc%])/g, (whole, what) => {
				if (what === "%") return "%";
				if (next >= args.length) return whole;
				return directive(what, args[next++], options);
			});
		} else text = first;
	}
	const rest = [];
	for (; next < args.length; next++) rest.push(typeof args[next] === "string" ? args[next] : inspect(args[next], options));
	if (typeof first === "string") rest.unshift(text);
	return rest.join(" ");
}

const PLAIN = { ...DEFAULTS };

function directive(what, v, options) {
	switch (what) {
		case "s":
			if (typeof v === "number") return number(PLAIN, v);
			if (typeof v === "bigint") return `${v}n`;
			if (typeof v !== "object" || v === null || ownText(v)) return String(v);
			return inspect(v, { ...options, depth: 0, colors: false, compact: 3 });
		case "d":
			if (typeof v === "bigint") return `${v}n`;
			return typeof v === "symbol" ? "NaN" : number(PLAIN, Number(v));
		case "i":
			if (typeof v === "bigint") return `${v}n`;
			return typeof v === "symbol" ? "NaN" : number(PLAIN, parseInt(v));
		case "f":
			return typeof v === "symbol" ? "NaN" : number(PLAIN, parseFloat(v));
		case "j":
			try {
				return JSON.stringify(v);
			} catch (e) {
				if (String(e.message).includes("circular")) return "[Circular]";
				throw e;
			}
		case "O":
			return inspect(v, options);
		case "o":
			return inspect(v, { ...options, showHidden: true, showProxy: true, depth: 4 });
		case "c":
			return "";
	}
}

// ownText reports whether an object has a toString that code wrote.
function ownText(v) {
	if (host.proxy(v) !== undefined) return false;
	if (host.class(v) === "Error" && !Object.prototype.hasOwnProperty.call(v, "toString") && Object.getPrototypeOf(v).toString === Error.prototype.toString) return false;
	if (typeof v.toString !== "function") return typeof v[Symbol.toPrimitive] === "function";
	if (Object.prototype.hasOwnProperty.call(v, "toString")) return true;
	let o = v;
	do o = Object.getPrototypeOf(o);
	while (o !== null && !Object.prototype.hasOwnProperty.call(o, "toString"));
	if (o === null) return false;
	const made = Object.getOwnPropertyDescriptor(o, "constructor")?.value;
	return !(typeof made === "function" && [Object, Array, Function, Error, RegExp, Date, Map, Set, Promise, Number, String, Boolean, Symbol, BigInt].includes(made));
}

inspect.custom = custom;
inspect.defaultOptions = DEFAULTS;
inspect.styles = {};
inspect.colors = {};

module.exports = { inspect, format, formatWith, quote, width, plain, constructorName, DEFAULTS };
