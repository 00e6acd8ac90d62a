// The module util, deep equality included.

const { inspect, format, formatWith, plain } = load("inspect");
const { fail, wrongType } = load("errors");

const promisified = Symbol.for("nodejs.util.promisify.custom");

function promisify(f) {
	if (typeof f !== "function") throw wrongType("original", "of type function", f);
	if (f[promisified]) return f[promisified];
	const timers = load("timers");
	if (f === timers.setTimeout) return timers.promises.setTimeout;
	if (f === timers.setImmediate) return timers.promises.setImmediate;
	const wrapped = function (...args) {
		return new Promise((resolve, reject) => Reflect.apply(f, this, [...args, (e, value) => (e ? reject(e) : resolve(value))]));
	};
	Object.defineProperty(wrapped, "name", { value: f.name, configurable: true });
	return Object.setPrototypeOf(wrapped, Object.getPrototypeOf(f));
}
promisify.custom = promisified;

function callbackify(f) {
	return function (...args) {
		const done = args.pop();
		const { nextTick } = load("timers");
		Reflect.apply(f, this, args).then((value) => nextTick(done, null, value), (e) => nextTick(done, e ?? fail(Error, "ERR_FALSY_VALUE_REJECTION", "Promise was rejected with falsy value")));
	};
}

const kindOf = host.class;
const isObject = (v) => typeof v === "object" && v !== null;
const types = {};
for (const [name, kind] of Object.entries({
	isArrayBuffer: "ArrayBuffer", isSharedArrayBuffer: "SharedArrayBuffer", isBigInt64Array: "BigInt64Array", isBigUint64Array: "BigUint64Array", isDataView: "DataView", isDate: "Date",
	isFloat32Array: "Float32Array", isFloat64Array: "Float64Array", isInt8Array: "Int8Array", isInt16Array: "Int16Array", isInt32Array: "Int32Array", isMap: "Map", isMapIterator: "Map Iterator",
	isNativeError: "Error", isPromise: "Promise", isRegExp: "RegExp", isSet: "Set", isSetIterator: "Set Iterator", isUint8Array: "Uint8Array", isUint8ClampedArray: "Uint8ClampedArray",
	isUint16Array: "Uint16Array", isUint32Array: "Uint32Array", isWeakMap: "WeakMap", isWeakSet: "WeakSet", isArgumentsObject: "Arguments", isModuleNamespaceObject: "Module",
	isBooleanObject: "Boolean", isNumberObject: "Number", isStringObject: "String", isSymbolObject: "Symbol", isBigIntObject: "BigInt", isGeneratorObject: "Generator",
}))
	types[name] = (v) => (isObject(v) || typeof v === "function") && kindOf(v) === kind;
types.isAnyArrayBuffer = (v) => types.isArrayBuffer(v) || types.isSharedArrayBuffer(v);
types.isArrayBufferView = ArrayBuffer.isView;
types.isTypedArray = (v) => ArrayBuffer.isView(v) && !types.isDataView(v);
types.isProxy = (v) => host.proxy(v) !== undefined;
types.isAsyncFunction = (v) => typeof v === "function" && ["AsyncFunction", "AsyncGeneratorFunction"].includes(kindOf(v));
types.isGeneratorFunction = (v) => typeof v === "function" && ["GeneratorFunction", "AsyncGeneratorFunction"].includes(kindOf(v));
types.isBoxedPrimitive = (v) => types.isBooleanObject(v) || types.isNumberObject(v) || types.isStringObject(v) || types.isSymbolObject(v) || types.isBigIntObject(v);
types.isExternal = () => false;

// equal compares deeply: strictly, or with == for primitives.
function equal(a, b, strict, seen = []) {
	if (a === b) return a !== 0 || !strict || Object.is(a, b);
	if (!strict && !isObject(a) && !isObject(b)) return a == b || (a !== a && b !== b);
	if (!isObject(a) || !isObject(b)) return a !== a && b !== b && typeof a === "number";
	if (strict && Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
	const kind = kindOf(a);
	if (kind !== kindOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
	if (seen.some(([x, y]) => x === a && y === b)) return true;
	seen = [...seen, [a, b]];
	switch (kind) {
		case "Date": if (!Object.is(a.getTime(), b.getTime())) return false; break;
		case "RegExp": if (String(a) !== String(b) || a.lastIndex !== b.lastIndex) return false; break;
		case "Error": if (a.message !== b.message || a.name !== b.name || !equal(a.cause, b.cause, strict, seen)) return false; break;
		case "Number": case "String": case "Boolean": case "BigInt": case "Symbol": if (!Object.is(a.valueOf(), b.valueOf())) return false; break;
		case "Set": if (!sameSet(a, b, strict, seen)) return false; break;
		case "Map": if (!sameMap(a, b, strict, seen)) return false; break;
		case "ArrayBuffer": return equal(new Uint8Array(a), new Uint8Array(b), strict, seen);
		case "Promise": case "WeakMap": case "WeakSet": return false;
	}
	if (ArrayBuffer.isView(a)) {
		if (a.byteLength !== b.byteLength) return false;
		for (let i = 0; i < (a.length ?? 0); i++) if (!(strict ? Object.is(a[i], b[i]) : a[i] === b[i])) return false;
	} else if (Array.isArray(a) && a.length !== b.length) return false;
	const keys = ownKeys(a);
	if (keys.length !== ownKeys(b).length) return false;
	for (const key of keys) {
		if (!Object.prototype.propertyIsEnumerable.call(b, key) || !equal(a[key], b[key], strict, seen)) return false;
	}
	return true;
}

const ownKeys = (o) => Reflect.ownKeys(o).filter((key) => Object.prototype.propertyIsEnumerable.call(o, key) && !(ArrayBuffer.isView(o) && /^\d+$/.test(String(key))));

function sameSet(a, b, strict, seen) {
	if (a.size !== b.size) return false;
	const rest = new Set(b);
	for (const v of a) {
		if (rest.delete(v)) continue;
		const match = [...rest].find((w) => (isObject(w) || !strict) && equal(v, w, strict, seen));
		if (match === undefined) return false;
		rest.delete(match);
	}
	return true;
}

function sameMap(a, b, strict, seen) {
	if (a.size !== b.size) return false;
	const rest = new Map(b);
	for (const [key, value] of a) {
		if (rest.has(key) && equal(value, rest.get(key), strict, seen)) {
			rest.delete(key);
			continue;
		}
		const match = [...rest].find(([k, v]) => (isObject(k) || !strict) && equal(key, k, strict, seen) && equal(value, v, strict, seen));
		if (match === undefined) return false;
		rest.delete(match[0]);
	}
	return true;
}

function inherits(child, parent) {
	Object.defineProperty(child, "super_", { value: parent, writable: true, configurable: true });
	Object.setPrototypeOf(child.prototype, parent.prototype);
}

function parseArgs({ args = load("process").process.argv.slice(2), options = {}, strict = true, allowPositionals = !strict } = {}) {
	const values = Object.create(null);
	const positionals = [];
	const put = (name, value) => {
		const o = options[name];
		if (o === undefined && strict) throw fail(TypeError, "ERR_PARSE_ARGS_UNKNOWN_OPTION", `Unknown option '--${name}'`);
		if (o?.multiple) (values[name] ??= []).push(value);
		else values[name] = value;
	};
	for (let i = 0; i < args.length; i++) {
		const arg = args[i];
		if (arg === "--") {
			positionals.push(...args.slice(i + 1));
			break;
		}
		if (arg.startsWith("--")) {
			const at = arg.indexOf("=");
			const name = at === -1 ? arg.slice(2) : arg.slice(2, at);
			if (at !== -1) put(name, arg.slice(at + 1));
			else if (options[name]?.type === "string") put(name, args[++i]);
			else put(name, true);
		} else if (arg.startsWith("-") && arg.length > 1) {
			for (let j = 1; j < arg.length; j++) {
				const name = Object.keys(options).find((key) => options[key].short === arg[j]) ?? arg[j];
				if (options[name]?.type === "string") {
					put(name, arg.slice(j + 1) || args[++i]);
					break;
				}
				put(name, true);
			}
		} else {
			if (!allowPositionals) throw fail(TypeError, "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL", `Unexpected argument '${arg}'. This command does not take positional arguments`);
			positionals.push(arg);
		}
	}
	for (const name of Object.keys(options)) if (values[name] === undefined && options[name].default !== undefined) values[name] = options[name].default;
	return { values, positionals };
}

const { TextEncoder, TextDecoder } = load("bytes");
module.exports = {
	inspect, format, formatWithOptions: (options, ...args) => formatWith(options, args), promisify, callbackify, types, inherits, parseArgs, TextEncoder, TextDecoder,
	isDeepStrictEqual: (a, b) => equal(a, b, true), equal, stripVTControlCharacters: plain,
	deprecate: (f, message) => {
		let said = false;
		return function (...args) {
			if (!said) load("process").process.emitWarning(message, "DeprecationWarning");
			said = true;
			return Reflect.apply(f, this, args);
		};
	},
	debuglog: () => Object.assign(() => {}, { enabled: false }),
	toUSVString: (text) => String(text).toWellFormed(),
	styleText: (style, text) => text,
	aborted: (signal) => new Promise((done) => signal.addEventListener("abort", done)),
	isArray: Array.isArray, isBoolean: (v) => typeof v === "boolean", isNull: (v) => v === null, isNumber: (v) => typeof v === "number", isString: (v) => typeof v === "string",
	isUndefined: (v) => v === undefined, isFunction: (v) => typeof v === "function", isObject, isRegExp: types.isRegExp, isDate: types.isDate, isError: (v) => v instanceof Error,
};
