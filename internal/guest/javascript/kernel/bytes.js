// Bytes: Buffer, TextEncoder, TextDecoder, atob and btoa.

const { fail, wrongType } = load("errors");

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DIGITS = new Uint8Array(128).fill(255);
for (let i = 0; i < 64; i++) DIGITS[ALPHABET.charCodeAt(i)] = i;
DIGITS["-".charCodeAt(0)] = 62;
DIGITS["_".charCodeAt(0)] = 63;
const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

function toBase64(bytes, url) {
	const parts = [];
	let i = 0;
	for (; i + 2 < bytes.length; i += 3) {
		const n = (bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2];
		parts.push(ALPHABET[n >> 18] + ALPHABET[(n >> 12) & 63] + ALPHABET[(n >> 6) & 63] + ALPHABET[n & 63]);
	}
	const left = bytes.length - i;
	if (left === 1) parts.push(ALPHABET[bytes[i] >> 2] + ALPHABET[(bytes[i] & 3) << 4] + "==");
	if (left === 2) parts.push(ALPHABET[bytes[i] >> 2] + ALPHABET[((bytes[i] & 3) << 4) | (bytes[i + 1] >> 4)] + ALPHABET[(bytes[i + 1] & 15) << 2] + "=");
	const text = parts.join("");
	return url ? text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "") : text;
}

function fromBase64(text) {
	const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
	let n = 0;
	let bits = 0;
	let held = 0;
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (code === 61) break;
		const digit = code < 128 ? DIGITS[code] : 255;
		if (digit === 255) continue;
		held = (held << 6) | digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[n++] = (held >> bits) & 255;
		}
	}
	return bytes.subarray(0, n);
}

function toLatin1(bytes, mask = 255) {
	let text = "";
	for (let i = 0; i < bytes.length; i += 4096) {
		const part = bytes.subarray(i, i + 4096);
		text += String.fromCharCode.apply(null, mask === 255 ? part : part.map((b) => b & mask));
	}
	return text;
}

function fromLatin1(text) {
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	return bytes;
}

function toUtf16(bytes) {
	let text = "";
	for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(bytes[i] | (bytes[i + 1] << 8));
	return text;
}

function fromUtf16(text) {
	const bytes = new Uint8Array(text.length * 2);
	for (let i = 0; i < text.length; i++) {
		const code = text.charCodeAt(i);
		bytes[2 * i] = code & 255;
		bytes[2 * i + 1] = code >> 8;
	}
	return bytes;
}

function fromHex(text) {
	const bytes = new Uint8Array(text.length >> 1);
	for (let i = 0; i < bytes.length; i++) {
		const pair = text.slice(2 * i, 2 * i + 2);
		if (!/^[0-9a-fA-F]{2}$/.test(pair)) return bytes.subarray(0, i);
		bytes[i] = parseInt(pair, 16);
	}
	return bytes;
}

const ENCODINGS = { utf8: "utf8", "utf-8": "utf8", hex: "hex", base64: "base64", base64url: "base64url", latin1: "latin1", binary: "latin1", ascii: "ascii", ucs2: "utf16le", "ucs-2": "utf16le", utf16le: "utf16le", "utf-16le": "utf16le" };

function encodingOf(name) {
	if (name === undefined || name === null || name === "") return "utf8";
	const known = ENCODINGS[String(name).toLowerCase()];
	if (known === undefined) throw fail(TypeError, "ERR_UNKNOWN_ENCODING", `Unknown encoding: ${name}`);
	return known;
}

function encode(text, encoding) {
	switch (encodingOf(encoding)) {
		case "utf8": return host.encode(text);
		case "hex": return fromHex(text);
		case "base64": case "base64url": return fromBase64(text);
		case "utf16le": return fromUtf16(text);
		default: return fromLatin1(text);
	}
}

function decode(bytes, encoding) {
	switch (encodingOf(encoding)) {
		case "utf8": return host.decode(bytes);
		case "hex": return Array.from(bytes, (b) => HEX[b]).join("");
		case "base64": return toBase64(bytes);
		case "base64url": return toBase64(bytes, true);
		case "utf16le": return toUtf16(bytes);
		case "ascii": return toLatin1(bytes, 127);
		default: return toLatin1(bytes);
	}
}

class Buffer extends Uint8Array {
	static from(value, a, b) {
		if (typeof value === "string") return wrap(encode(value, a));
		if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Buffer(value, a, b);
		if (typeof value === "object" && value !== null) {
			if (value.type === "Buffer" && Array.isArray(value.data)) value = value.data;
			const primitive = value.valueOf?.();
			if (typeof primitive === "string") return Buffer.from(primitive, a);
			if (ArrayBuffer.isView(value) || typeof value.length === "number" || typeof value[Symbol.iterator] === "function") {
				const list = typeof value.length === "number" ? value : [...value];
				const bytes = new Buffer(list.length);
				for (let i = 0; i < list.length; i++) bytes[i] = list[i];
				return bytes;
			}
		}
		throw wrongType("first", "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object", value);
	}
	static of(...items) {
		return Buffer.from(items);
	}
	static alloc(n, value, encoding) {
		if (typeof n !== "number") throw wrongType("size", "of type number", n);
		const bytes = new Buffer(n);
		return value === undefined || value === 0 ? bytes : bytes.fill(value, encoding);
	}
	static allocUnsafe(n) {
		return Buffer.alloc(n);
	}
	static allocUnsafeSlow(n) {
		return Buffer.alloc(n);
	}
	static isBuffer(v) {
		return v instanceof Buffer;
	}
	static isEncoding(name) {
		return typeof name === "string" && name.toLowerCase() in ENCODINGS;
	}
	static byteLength(value, encoding) {
		return typeof value === "string" ? encode(value, encoding).length : value.byteLength;
	}
	static concat(list, total) {
		if (!Array.isArray(list)) throw wrongType("list", "an instance of Array", list);
		total ??= list.reduce((n, part) => n + part.length, 0);
		const bytes = Buffer.alloc(total);
		let at = 0;
		for (const part of list) {
			if (at >= total) break;
			bytes.set(part.subarray(0, total - at), at);
			at += part.length;
		}
		return bytes;
	}
	static compare(a, b) {
		for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] < b[i] ? -1 : 1;
		return a.length < b.length ? -1 : a.length > b.length ? 1 : 0;
	}
	toString(encoding, start = 0, end = this.length) {
		return decode(start === 0 && end >= this.length ? this : this.subarray(Math.max(0, start), end), encoding);
	}
	toLocaleString(encoding, start, end) {
		return this.toString(encoding, start, end);
	}
	toJSON() {
		return { type: "Buffer", data: Array.from(this) };
	}
	slice(start, end) {
		return this.subarray(start, end);
	}
	equals(other) {
		return Buffer.compare(this, other) === 0;
	}
	compare(other, ts = 0, te = other.length, ss = 0, se = this.length) {
		return Buffer.compare(this.subarray(ss, se), other.subarray(ts, te));
	}
	copy(target, at = 0, start = 0, end = this.length) {
		const part = this.subarray(start, Math.min(end, start + Math.max(0, target.length - at)));
		target.set(part, at);
		return part.length;
	}
	write(text, at = 0, length, encoding) {
		if (typeof at === "string") [encoding, at, length] = [at, 0, undefined];
		if (typeof length === "string") [encoding, length] = [length, undefined];
		let bytes = encode(text, encoding);
		let room = Math.min(length ?? Infinity, this.length - at);
		if (bytes.length > room && encodingOf(encoding) === "utf8") while (room > 0 && (bytes[room] & 0xc0) === 0x80) room--;
		bytes = bytes.subarray(0, room);
		this.set(bytes, at);
		return bytes.length;
	}
	fill(value, start = 0, end = this.length, encoding) {
		if (typeof start === "string") [encoding, start, end] = [start, 0, this.length];
		else if (typeof end === "string") [encoding, end] = [end, this.length];
		if (typeof value === "number" || typeof value === "boolean") return super.fill(Number(value) & 255, start, end);
		const bytes = typeof value === "string" ? encode(value, encoding) : value;
		if (bytes.length === 0) return super.fill(0, start, end);
		for (let i = start; i < end; i++) this[i] = bytes[(i - start) % bytes.length];
		return this;
	}
	indexOf(value, from = 0, encoding) {
		if (typeof from === "string") [encoding, from] = [from, 0];
		if (typeof value === "number") return super.indexOf(value & 255, from);
		const bytes = typeof value === "string" ? encode(value, encoding) : value;
		if (from < 0) from = Math.max(0, this.length + from);
		search: for (let i = from; i + bytes.length <= this.length; i++) {
			for (let j = 0; j < bytes.length; j++) if (this[i + j] !== bytes[j]) continue search;
			return i;
		}
		return -1;
	}
	lastIndexOf(value, from, encoding) {
		if (typeof value === "number") return super.lastIndexOf(value & 255, from ?? this.length);
		const bytes = typeof value === "string" ? encode(value, encoding) : value;
		search: for (let i = Math.min(from ?? Infinity, this.length - bytes.length); i >= 0; i--) {
			for (let j = 0; j < bytes.length; j++) if (this[i + j] !== bytes[j]) continue search;
			return i;
		}
		return -1;
	}
	includes(value, from, encoding) {
		return this.indexOf(value, from, encoding) !== -1;
	}
	readUIntBE(at, n) {
		let v = 0;
		for (let i = 0; i < n; i++) v = v * 256 + this[at + i];
		return v;
	}
	readUIntLE(at, n) {
		let v = 0;
		for (let i = n - 1; i >= 0; i--) v = v * 256 + this[at + i];
		return v;
	}
	writeUIntBE(v, at, n) {
		for (let i = n - 1; i >= 0; i--, v = Math.floor(v / 256)) this[at + i] = v % 256;
		return at + n;
	}
	writeUIntLE(v, at, n) {
		for (let i = 0; i < n; i++, v = Math.floor(v / 256)) this[at + i] = v % 256;
		return at + n;
	}
	swap16() {
		for (let i = 0; i + 1 < this.length; i += 2) [this[i], this[i + 1]] = [this[i + 1], this[i]];
		return this;
	}
	get parent() {
		return this.buffer;
	}
	get offset() {
		return this.byteOffset;
	}
	[Symbol.for("nodejs.util.inspect.custom")]() {
		const most = this.subarray(0, 50);
		const more = this.length - most.length;
		const text = Array.from(most, (b) => HEX[b]).join(" ");
		return `<Buffer${text ? " " + text : ""}${more > 0 ? ` ... ${more} more byte${more > 1 ? "s" : ""}` : ""}>`;
	}
}
Buffer.poolSize = 8192;

function wrap(bytes) {
	return new Buffer(bytes.buffer, bytes.byteOffset, bytes.length);
}

// The methods that read and write numbers: readInt16LE, writeDoubleBE, ...
const NUMBERS = { Int8: 1, UInt8: 1, Int16: 2, UInt16: 2, Int32: 4, UInt32: 4, Float: 4, Double: 8, BigInt64: 8, BigUInt64: 8 };
for (const [name, size] of Object.entries(NUMBERS)) {
	const view = { UInt8: "Uint8", UInt16: "Uint16", UInt32: "Uint32", Float: "Float32", Double: "Float64", BigUInt64: "BigUint64" }[name] ?? name;
	for (const order of size === 1 ? [""] : ["LE", "BE"]) {
		const check = (bytes, at) => {
			if (!(at >= 0 && at + size <= bytes.length)) throw fail(RangeError, "ERR_OUT_OF_RANGE", `The value of "offset" is out of range. It must be >= 0 and <= ${bytes.length - size}. Received ${at}`);
			return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		};
		const read = function (at = 0) {
			return check(this, at)[`get${view}`](at, order === "LE");
		};
		const write = function (v, at = 0) {
			check(this, at)[`set${view}`](at, v, order === "LE");
			return at + size;
		};
		for (const alias of new Set([name, name.replace("UInt", "Uint")])) {
			Object.defineProperty(Buffer.prototype, `read${alias}${order}`, { value: read, writable: true, configurable: true });
			Object.defineProperty(Buffer.prototype, `write${alias}${order}`, { value: write, writable: true, configurable: true });
		}
	}
}

class TextEncoder {
	get encoding() {
		return "utf-8";
	}
	encode(text = "") {
		return host.encode(String(text));
	}
	encodeInto(text, to) {
		let read = 0;
		let written = 0;
		for (const ch of text) {
			const bytes = host.encode(ch);
			if (written + bytes.length > to.length) break;
			to.set(bytes, written);
			written += bytes.length;
			read += ch.length;
		}
		return { read, written };
	}
}

class TextDecoder {
	#left = new Uint8Array(0);
	#started = false;
	constructor(label = "utf-8", options = {}) {
		const name = String(label).trim().toLowerCase();
		const known = { "utf-8": "utf-8", utf8: "utf-8", "utf-16le": "utf-16le", "utf-16": "utf-16le", latin1: "windows-1252", "iso-8859-1": "windows-1252", "windows-1252": "windows-1252", ascii: "windows-1252", "us-ascii": "windows-1252" }[name];
		if (known === undefined) throw fail(RangeError, "ERR_ENCODING_NOT_SUPPORTED", `The "${label}" encoding is not supported`);
		this.encoding = known;
		this.fatal = Boolean(options.fatal);
		this.ignoreBOM = Boolean(options.ignoreBOM);
	}
	decode(input = new Uint8Array(0), { stream = false } = {}) {
		let bytes = ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input);
		if (this.#left.length > 0) bytes = Buffer.concat([this.#left, bytes]);
		this.#left = new Uint8Array(0);
		if (stream && this.encoding === "utf-8") {
			const keep = unfinished(bytes);
			this.#left = bytes.slice(bytes.length - keep);
			bytes = bytes.subarray(0, bytes.length - keep);
		}
		let text;
		if (this.encoding === "utf-8") text = host.decode(bytes, this.fatal);
		else text = this.encoding === "utf-16le" ? toUtf16(bytes) : toLatin1(bytes);
		if (text === undefined) throw fail(TypeError, "ERR_ENCODING_INVALID_ENCODED_DATA", "The encoded data was not valid for encoding utf-8");
		if (!this.#started && !this.ignoreBOM && text.startsWith("\ufeff")) text = text.slice(1);
		this.#started = stream && (this.#started || text.length > 0);
		return text;
	}
}

// unfinished returns how many bytes at the end begin a character that goes on.
function unfinished(bytes) {
	for (let back = 1; back <= Math.min(3, bytes.length); back++) {
		const b = bytes[bytes.length - back];
		if ((b & 0xc0) === 0x80) continue;
		const need = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
		return need > back ? back : 0;
	}
	return 0;
}

class StringDecoder {
	#left = Buffer.alloc(0);
	constructor(encoding) {
		this.encoding = encodingOf(encoding);
	}
	write(bytes) {
		if (typeof bytes === "string") return bytes;
		const all = Buffer.concat([this.#left, bytes]);
		const keep = this.encoding === "utf8" ? unfinished(all) : this.encoding === "utf16le" ? all.length % 2 : this.encoding.startsWith("base64") ? all.length % 3 : 0;
		this.#left = Buffer.from(all.subarray(all.length - keep));
		return decode(all.subarray(0, all.length - keep), this.encoding);
	}
	end(bytes) {
		const text = bytes === undefined ? "" : this.write(bytes);
		const rest = decode(this.#left, this.encoding);
		this.#left = Buffer.alloc(0);
		return text + rest;
	}
}

function btoa(value) {
	const text = String(value);
	for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) throw new (load("events").DOMException)("Invalid character", "InvalidCharacterError");
	return toBase64(fromLatin1(text));
}

function atob(value) {
	const text = String(value).replace(/[\t\n\f\r ]/g, "");
	if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.replace(/=+$/, "").length % 4 === 1)
		throw new (load("events").DOMException)("The string to be decoded is not correctly encoded.", "InvalidCharacterError");
	return toLatin1(fromBase64(text));
}

module.exports = { Buffer, TextEncoder, TextDecoder, StringDecoder, btoa, atob, encode, decode, wrap, encodingOf };
