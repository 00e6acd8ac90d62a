// Results: values that code shows, each in several media types.
//
// A result goes to the host as the operation "result": JSON with the member
// "data", which maps media types to text, to JSON for application/json, and to
// base64 for what is binary. Every result has text/plain.
//
// An object says how it looks by methods: toHTML, or _repr_html_ and its like
// as notebooks know them, or a method named Symbol.for("Jupyter.display") or
// _repr_mimebundle_ that returns all media types at once.

const { inspect } = load("inspect");
const { Buffer } = load("bytes");

const MOST_TEXT = 100_000; // characters of text/plain
const MOST_JSON = 64 << 10; // characters of application/json
const MOST_NODES = 2000; // values in it

const METHODS = {
	toHTML: "text/html", _repr_html_: "text/html", _repr_markdown_: "text/markdown", _repr_svg_: "image/svg+xml", _repr_png_: "image/png",
	_repr_jpeg_: "image/jpeg", _repr_latex_: "text/latex", _repr_json_: "application/json",
};
const BUNDLES = [Symbol.for("Jupyter.display"), "_repr_mimebundle_"];

const isText = (media) => media.startsWith("text/") || media === "image/svg+xml" || media === "application/javascript";

// wire returns a value as the wire carries it for its media type.
function wire(media, value) {
	if (media === "application/json") return typeof value === "string" ? JSON.parse(value) : JSON.parse(JSON.stringify(value));
	if (value instanceof ArrayBuffer) value = new Uint8Array(value);
	if (ArrayBuffer.isView(value)) {
		const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
		return bytes.toString(isText(media) ? "utf8" : "base64");
	}
	return String(value);
}

// settled returns what a promise came to, so far as that needs no waiting.
function settled(value) {
	if (host.state(value) === undefined) return value;
	value.catch(() => {});
	host.drain();
	const [state, result] = host.state(value);
	if (state === "rejected") throw result;
	return state === "fulfilled" ? result : undefined;
}

function said(value, name) {
	try {
		return settled(value[name]());
	} catch (e) {
		load("process").process.stderr.write(`${String(name)} failed: ${e}\n`);
		return undefined;
	}
}

// bundle returns the media types of a value.
function bundle(value) {
	const data = {};
	if (typeof value === "object" && value !== null) {
		for (const name of BUNDLES) {
			if (typeof value[name] !== "function") continue;
			const all = said(value, name);
			for (const media of Object.keys(all ?? {})) if (all[media] != null) data[media] = wire(media, all[media]);
		}
		for (const name of Object.keys(METHODS)) {
			if (METHODS[name] in data || typeof value[name] !== "function") continue;
			const one = said(value, name);
			if (one != null) data[METHODS[name]] = wire(METHODS[name], one);
		}
		if (!("application/json" in data) && isData(value, { left: MOST_NODES })) {
			const text = JSON.stringify(value);
			if (text.length <= MOST_JSON) data["application/json"] = value;
		}
	}
	if (typeof data["text/plain"] !== "string") data["text/plain"] = plain(value);
	return data;
}

function plain(value) {
	const text = inspect(value);
	return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}... (${text.length} characters in all)` : text;
}

// isData reports whether a value is a plain object or array that JSON says in
// full, and in few nodes.
function isData(value, budget, seen = []) {
	if (--budget.left < 0) return false;
	if (value === null || typeof value === "boolean") return true;
	if (typeof value === "string") return value.length <= MOST_JSON;
	if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) && (!Number.isInteger(value) || Number.isSafeInteger(value));
	if (typeof value !== "object" || seen.includes(value) || host.proxy(value) !== undefined || typeof value.toJSON === "function") return false;
	const proto = Object.getPrototypeOf(value);
	const keys = Reflect.ownKeys(value);
	if (Array.isArray(value) ? proto !== Array.prototype || keys.length !== value.length + 1 : proto !== Object.prototype) return false;
	if (keys.length > budget.left + 1) return false;
	for (const key of keys) {
		const d = Object.getOwnPropertyDescriptor(value, key);
		if (typeof key !== "string" || !("value" in d)) return false;
		if (d.enumerable && !isData(d.value, budget, [...seen, value])) return false;
	}
	return true;
}

// send gives the host a bundle, after the output before it.
function send(data) {
	host.ask("result", JSON.stringify({ data }).toWellFormed());
}

function show(value) {
	send(bundle(value));
}

// display shows values as results.
function display(...values) {
	for (const value of values) show(value);
}

const kinds = { html: "text/html", svg: "image/svg+xml", markdown: "text/markdown", md: "text/markdown", png: "image/png", jpeg: "image/jpeg", latex: "text/latex", json: "application/json", text: "text/plain" };
for (const name of Object.keys(kinds)) {
	const media = kinds[name];
	display[name] = {
		[name](value) {
			const data = { [media]: wire(media, value) };
			if (media !== "text/plain") data["text/plain"] = name === "png" || name === "jpeg" ? `<${media}>` : media === "application/json" ? plain(value) : String(data[media]);
			send(data);
		},
	}[name];
}
display.raw = function raw(data) {
	const all = {};
	for (const media of Object.keys(data)) all[media] = wire(media, data[media]);
	all["text/plain"] ??= `<${Object.keys(data).join(", ")}>`;
	send(all);
};

module.exports = { show, display, bundle };
