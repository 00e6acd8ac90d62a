// The module crypto: randomness, digests and HMACs.

const { fail, wrongType } = load("errors");
const { Buffer, wrap, encode } = load("bytes");

const rotl = (x, n) => (x << n) | (x >>> (32 - n));
const rotr = (x, n) => (x >>> n) | (x << (32 - n));

// The constants of SHA-2 are bits of the roots of primes; those of MD5, of sines.
const primes = [];
for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);

// root returns the first 64 bits of the fraction of the k-th root of n.
function root(n, k) {
	const target = BigInt(n) << BigInt(64 * k);
	let low = 0n;
	let high = 1n << 72n;
	while (high - low > 1n) {
		const mid = (low + high) >> 1n;
		if (mid ** BigInt(k) <= target) low = mid;
		else high = mid;
	}
	return low & 0xffffffffffffffffn;
}

const CUBES = primes.map((p) => root(p, 3));
const K256 = new Int32Array(CUBES.slice(0, 64).map((v) => Number(v >> 32n) | 0));
const H256 = primes.slice(0, 8).map((p) => Number(root(p, 2) >> 32n) | 0);
const H512 = primes.slice(0, 8).map((p) => root(p, 2));
const H384 = primes.slice(8, 16).map((p) => root(p, 2));
const H224 = H384.map((v) => Number(v & 0xffffffffn) | 0);
const KMD5 = new Int32Array(64).map((_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296) | 0);
const SMD5 = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];

function md5Block(h, view, at) {
	let [a, b, c, d] = h;
	for (let i = 0; i < 64; i++) {
		let f;
		let g;
		if (i < 16) [f, g] = [(b & c) | (~b & d), i];
		else if (i < 32) [f, g] = [(d & b) | (~d & c), (5 * i + 1) & 15];
		else if (i < 48) [f, g] = [b ^ c ^ d, (3 * i + 5) & 15];
		else [f, g] = [c ^ (b | ~d), (7 * i) & 15];
		const next = (a + f + KMD5[i] + view.getInt32(at + 4 * g, true)) | 0;
		[a, d, c, b] = [d, c, b, (b + rotl(next, SMD5[((i >> 4) << 2) | (i & 3)])) | 0];
	}
	for (const [i, v] of [a, b, c, d].entries()) h[i] = (h[i] + v) | 0;
}

const W = new Int32Array(80);

function sha1Block(h, view, at) {
	for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + 4 * i);
	for (let i = 16; i < 80; i++) W[i] = rotl(W[i - 3] ^ W[i - 8] ^ W[i - 14] ^ W[i - 16], 1);
	let [a, b, c, d, e] = h;
	for (let i = 0; i < 80; i++) {
		const f = i < 20 ? ((b & c) | (~b & d)) + 0x5a827999 : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1 : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc : (b ^ c ^ d) + 0xca62c1d6;
		const t = (rotl(a, 5) + f + e + W[i]) | 0;
		e = d;
		d = c;
		c = rotl(b, 30);
		b = a;
		a = t;
	}
	for (const [i, v] of [a, b, c, d, e].entries()) h[i] = (h[i] + v) | 0;
}

function sha256Block(h, view, at) {
	for (let i = 0; i < 16; i++) W[i] = view.getInt32(at + 4 * i);
	for (let i = 16; i < 64; i++) {
		const x = W[i - 15];
		const y = W[i - 2];
		W[i] = (W[i - 16] + (rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3)) + W[i - 7] + (rotr(y, 17) ^ rotr(y, 19) ^ (y >>> 10))) | 0;
	}
	let [a, b, c, d, e, f, g, k] = h;
	for (let i = 0; i < 64; i++) {
		const t = (k + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + K256[i] + W[i]) | 0;
		const u = ((rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
		k = g;
		g = f;
		f = e;
		e = (d + t) | 0;
		d = c;
		c = b;
		b = a;
		a = (t + u) | 0;
	}
	for (const [i, v] of [a, b, c, d, e, f, g, k].entries()) h[i] = (h[i] + v) | 0;
}

const M64 = 0xffffffffffffffffn;
const rotr64 = (x, n) => ((x >> n) | (x << (64n - n))) & M64;

function sha512Block(h, view, at) {
	const w = new Array(80);
	for (let i = 0; i < 16; i++) w[i] = view.getBigUint64(at + 8 * i);
	for (let i = 16; i < 80; i++) {
		const x = w[i - 15];
		const y = w[i - 2];
		w[i] = (w[i - 16] + (rotr64(x, 1n) ^ rotr64(x, 8n) ^ (x >> 7n)) + w[i - 7] + (rotr64(y, 19n) ^ rotr64(y, 61n) ^ (y >> 6n))) & M64;
	}
	let [a, b, c, d, e, f, g, k] = h;
	for (let i = 0; i < 80; i++) {
		const t = k + (rotr64(e, 14n) ^ rotr64(e, 18n) ^ rotr64(e, 41n)) + ((e & f) ^ (~e & M64 & g)) + CUBES[i] + w[i];
		const u = (rotr64(a, 28n) ^ rotr64(a, 34n) ^ rotr64(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
		k = g;
		g = f;
		f = e;
		e = (d + t) & M64;
		d = c;
		c = b;
		b = a;
		a = (t + u) & M64;
	}
	for (const [i, v] of [a, b, c, d, e, f, g, k].entries()) h[i] = (h[i] + v) & M64;
}

const ALGORITHMS = {
	md5: { start: [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476], block: md5Block, size: 64, out: 16, little: true },
	sha1: { start: [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0], block: sha1Block, size: 64, out: 20 },
	sha224: { start: H224, block: sha256Block, size: 64, out: 28 },
	sha256: { start: H256, block: sha256Block, size: 64, out: 32 },
	sha384: { start: H384, block: sha512Block, size: 128, out: 48 },
	sha512: { start: H512, block: sha512Block, size: 128, out: 64 },
};

function algorithm(name) {
	const known = ALGORITHMS[String(name).toLowerCase().replace(/^(rsa-)?(sha)-?/, "$2")];
	if (known === undefined) throw fail(Error, "ERR_CRYPTO_INVALID_DIGEST", `Digest method not supported: ${name}. The wasm runtime has ${Object.keys(ALGORITHMS).join(", ")}`);
	return known;
}

function bytesOf(data, encoding, name = "data") {
	if (typeof data === "string") return encode(data, encoding);
	if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	if (data instanceof ArrayBuffer) return new Uint8Array(data);
	throw wrongType(name, "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

class Hash {
	#a;
	#h;
	#rest = new Uint8Array(0);
	#length = 0;
	#done = false;
	constructor(a) {
		this.#a = a;
		this.#h = a.start.slice();
	}
	update(data, encoding) {
		if (this.#done) throw fail(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
		let bytes = bytesOf(data, encoding);
		this.#length += bytes.length;
		if (this.#rest.length > 0) bytes = Buffer.concat([this.#rest, bytes]);
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		let at = 0;
		for (; at + this.#a.size <= bytes.length; at += this.#a.size) this.#a.block(this.#h, view, at);
		this.#rest = bytes.slice(at);
		return this;
	}
	digest(encoding) {
		if (this.#done) throw fail(Error, "ERR_CRYPTO_HASH_FINALIZED", "Digest already called");
		const { size, out, little } = this.#a;
		const bits = this.#length * 8;
		const tail = new Uint8Array(Math.ceil((this.#rest.length + 1 + size / 8) / size) * size);
		tail.set(this.#rest);
		tail[this.#rest.length] = 128;
		const view = new DataView(tail.buffer);
		view.setUint32(tail.length - (little ? 8 : 4), bits >>> 0, little);
		view.setUint32(tail.length - (little ? 4 : 8), Math.floor(bits / 4294967296), little);
		for (let at = 0; at < tail.length; at += size) this.#a.block(this.#h, view, at);
		this.#done = true;
		const all = new DataView(new ArrayBuffer(this.#h.length * (size / 16)));
		for (const [i, v] of this.#h.entries()) {
			if (typeof v === "bigint") all.setBigUint64(8 * i, v);
			else all.setInt32(4 * i, v, little);
		}
		const result = wrap(new Uint8Array(all.buffer, 0, out));
		return encoding === undefined || encoding === "buffer" ? result : result.toString(encoding);
	}
	copy() {
		const other = new Hash(this.#a);
		other.#h = this.#h.slice();
		other.#rest = this.#rest.slice();
		other.#length = this.#length;
		return other;
	}
}

class Hmac {
	#inner;
	#outer;
	constructor(a, key) {
		let k = bytesOf(key, "utf8", "key");
		if (k.length > a.size) k = new Hash(a).update(k).digest();
		const pad = (v) => {
			const block = new Uint8Array(a.size).fill(v);
			for (let i = 0; i < k.length; i++) block[i] ^= k[i];
			return new Hash(a).update(block);
		};
		this.#inner = pad(0x36);
		this.#outer = pad(0x5c);
	}
	update(data, encoding) {
		this.#inner.update(data, encoding);
		return this;
	}
	digest(encoding) {
		return this.#outer.update(this.#inner.digest()).digest(encoding);
	}
}

function randomBytes(n, done) {
	const bytes = wrap(host.random(n));
	if (done === undefined) return bytes;
	load("timers").setImmediate(done, null, bytes);
}

function getRandomValues(view) {
	if (!ArrayBuffer.isView(view) || view instanceof Float32Array || view instanceof Float64Array || view instanceof DataView)
		throw new (load("events").DOMException)("The data argument must be an integer-type TypedArray", "TypeMismatchError");
	if (view.byteLength > 65536) throw new (load("events").DOMException)(`The requested length exceeds 65,536 bytes`, "QuotaExceededError");
	new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(host.random(view.byteLength));
	return view;
}

function randomUUID() {
	const b = host.random(16);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	const hex = Array.from(b, (v) => v.toString(16).padStart(2, "0")).join("");
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function randomInt(min, max, done) {
	if (typeof max === "function" || max === undefined) [min, max, done] = [0, min, max];
	if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max))) throw wrongType("max", "a safe integer", max);
	if (!(max > min)) throw fail(RangeError, "ERR_OUT_OF_RANGE", `The value of "max" is out of range. It must be greater than the value of "min" (${min}). Received ${max}`);
	const range = max - min;
	const limit = 2 ** 48 - (2 ** 48 % range);
	for (;;) {
		const n = host.random(6).reduce((v, b) => v * 256 + b, 0);
		if (n >= limit) continue;
		if (done) return void load("timers").setImmediate(done, null, min + (n % range));
		return min + (n % range);
	}
}

function pbkdf2Sync(password, salt, rounds, length, digest = "sha1") {
	const a = algorithm(digest);
	const out = [];
	for (let i = 1; i * a.out < length + a.out; i++) {
		const n = Buffer.alloc(4);
		n.writeUInt32BE(i);
		let u = new Hmac(a, password).update(salt).update(n).digest();
		const t = Buffer.from(u);
		for (let r = 1; r < rounds; r++) {
			u = new Hmac(a, password).update(u).digest();
			for (let j = 0; j < t.length; j++) t[j] ^= u[j];
		}
		out.push(t);
	}
	return Buffer.concat(out).subarray(0, length);
}

function timingSafeEqual(a, b) {
	if (a.byteLength !== b.byteLength) throw fail(RangeError, "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH", "Input buffers must have the same byte length");
	let d = 0;
	for (let i = 0; i < a.length; i++) d |= a[i] ^ b[i];
	return d === 0;
}

const subtle = {
	async digest(name, data) {
		const hash = new Hash(algorithm(typeof name === "object" ? name.name : name)).update(bytesOf(data)).digest();
		return hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.length);
	},
};
const webcrypto = { getRandomValues, randomUUID, subtle };
Object.defineProperty(webcrypto, Symbol.toStringTag, { value: "Crypto", configurable: true });

const missing = (name) => () => {
	throw new Error(load("absent").sentence(`crypto.${name}`, "it has digests, HMACs and randomness, but no ciphers and keys"));
};

module.exports = {
	createHash: (name) => new Hash(algorithm(name)), createHmac: (name, key) => new Hmac(algorithm(name), key), getHashes: () => Object.keys(ALGORITHMS),
	hash: (name, data, encoding = "hex") => new Hash(algorithm(name)).update(data).digest(encoding), getRandomValues, randomBytes, randomFillSync: getRandomValues, randomUUID, randomInt,
	pbkdf2Sync, pbkdf2: (...args) => { const done = args.pop(); load("timers").setImmediate(done, null, pbkdf2Sync(...args)); },
	timingSafeEqual, webcrypto, subtle, Hash, Hmac,
};
for (const name of ["createCipheriv", "createDecipheriv", "createSign", "createVerify", "generateKeyPair", "generateKeyPairSync", "createPrivateKey", "createPublicKey", "publicEncrypt", "privateDecrypt", "scrypt", "scryptSync", "createDiffieHellman", "createECDH", "sign", "verify"]) module.exports[name] = missing(name);
