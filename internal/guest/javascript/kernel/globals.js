// The globals that programs expect beside the language's own.

const { DOMException } = load("events");

function clone(value, seen) {
	if ((typeof value !== "object" || value === null) && typeof value !== "function") {
		if (typeof value === "symbol") refuse(value);
		return value;
	}
	if (seen.has(value)) return seen.get(value);
	const put = (copy) => {
		seen.set(value, copy);
		return copy;
	};
	switch (host.class(value)) {
		case "Date": return put(new Date(value.getTime()));
		case "RegExp": return put(new RegExp(value.source, value.flags));
		case "Number": case "String": case "Boolean": case "BigInt": return put(Object(value.valueOf()));
		case "ArrayBuffer": return put(value.slice(0));
		case "DataView": return put(new DataView(clone(value.buffer, seen), value.byteOffset, value.byteLength));
		case "Map": {
			const copy = put(new Map());
			for (const [k, v] of value) copy.set(clone(k, seen), clone(v, seen));
			return copy;
		}
		case "Set": {
			const copy = put(new Set());
			for (const v of value) copy.add(clone(v, seen));
			return copy;
		}
		case "Error": {
			const Kind = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError }[value.name] ?? Error;
			const copy = put(new Kind(value.message));
			Object.defineProperty(copy, "stack", { value: value.stack, writable: true, configurable: true });
			if ("cause" in value) Object.defineProperty(copy, "cause", { value: clone(value.cause, seen), writable: true, configurable: true });
			return copy;
		}
		case "Promise": case "WeakMap": case "WeakSet": case "WeakRef": case "Generator": case "Symbol": refuse(value);
	}
	if (typeof value === "function") refuse(value);
	if (ArrayBuffer.isView(value)) {
		const Kind = { Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array }[host.class(value)];
		return put(new Kind(clone(value.buffer, seen), value.byteOffset, value.length));
	}
	const copy = put(Array.isArray(value) ? new Array(value.length) : {});
	for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
	return copy;
}

function refuse(value) {
	const text = typeof value === "symbol" ? String(value) : typeof value === "function" ? String(value) : `#<${host.class(value)}>`;
	throw new DOMException(`${text} could not be cloned.`, "DataCloneError");
}

function captureStackTrace(target, above) {
	const limit = Error.stackTraceLimit;
	if (typeof above === "function") Error.stackTraceLimit = 100;
	const lines = String(new Error().stack).split("\n").slice(1);
	Error.stackTraceLimit = limit;
	if (typeof above === "function" && above.name) {
		const at = lines.findLastIndex((line) => line.startsWith(`    at ${above.name} (`));
		if (at !== -1) lines.splice(0, at + 1);
	}
	let head = "Error";
	try {
		head = Error.prototype.toString.call(target);
	} catch {}
	Object.defineProperty(target, "stack", { value: [head === "[object Object]" ? "Error" : head, ...lines.slice(0, limit)].join("\n"), writable: true, configurable: true });
}

function install() {
	const define = (name, value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
	const events = load("events");
	const bytes = load("bytes");
	const timers = load("timers");
	const url = load("url");
	load("text").install();
	load("intl").install();
	define("global", globalThis);
	define("console", load("console").make());
	for (const name of ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "queueMicrotask"]) define(name, timers[name]);
	define("process", load("process").process);
	define("performance", load("process").performance);
	for (const name of ["Buffer", "TextEncoder", "TextDecoder", "atob", "btoa"]) define(name, bytes[name]);
	for (const name of ["Event", "CustomEvent", "EventTarget", "AbortController", "AbortSignal", "DOMException"]) define(name, events[name]);
	define("URL", url.URL);
	define("URLSearchParams", url.URLSearchParams);
	define("crypto", load("crypto").webcrypto);
	define("structuredClone", {
		structuredClone(value) {
			if (arguments.length === 0) throw load("errors").fail(TypeError, "ERR_MISSING_ARGS", 'The "value" argument must be specified');
			return clone(value, new Map());
		},
	}.structuredClone);
	Object.defineProperty(Error, "captureStackTrace", { value: captureStackTrace, writable: true, configurable: true });
	Object.defineProperty(Error, "stackTraceLimit", { value: 10, writable: true, configurable: true, enumerable: true });
	for (const name of ["dispose", "asyncDispose"]) if (!Symbol[name]) Object.defineProperty(Symbol, name, { value: Symbol(`Symbol.${name}`) });
	delete globalThis.print;
	load("absent").install(define);
	return define;
}

module.exports = { install };
