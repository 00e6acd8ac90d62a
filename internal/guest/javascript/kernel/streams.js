// Streams: a small version of Node's, whose data flows through memory.

const { EventEmitter } = load("events");
const { Buffer, StringDecoder } = load("bytes");
const { fail } = load("errors");

const tick = (f) => load("timers").nextTick(f);

class Stream extends EventEmitter {
	pipe(to, options) {
		this.on("data", (chunk) => {
			if (to.write(chunk) === false && this.pause) {
				this.pause();
				to.once("drain", () => this.resume());
			}
		});
		if (options?.end !== false) this.on("end", () => to.end());
		to.emit("pipe", this);
		return to;
	}
	destroy(e) {
		if (this.destroyed) return this;
		this.destroyed = true;
		const done = (error) => tick(() => {
			if (error) this.emit("error", error);
			this.emit("close");
		});
		if (this._destroy) this._destroy(e ?? null, (later) => done(later ?? e));
		else done(e);
		return this;
	}
}

class Readable extends Stream {
	constructor(options = {}) {
		super();
		setReadable(this, options);
	}
	static from(list, options) {
		const it = list[Symbol.asyncIterator]?.() ?? (typeof list === "string" ? [list] : list)[Symbol.iterator]();
		return new Readable({
			objectMode: true,
			...options,
			read() {
				Promise.resolve(it.next()).then(async ({ value, done }) => this.push(done ? null : await value)).catch((e) => this.destroy(e));
			},
		});
	}
}

class Writable extends Stream {
	constructor(options = {}) {
		super();
		setWritable(this, options);
	}
}

function setReadable(s, o) {
	s.readable = true;
	s.destroyed ??= false;
	s.readableEnded = false;
	s.readableFlowing = null;
	s.readableObjectMode = Boolean(o.objectMode || o.readableObjectMode);
	Object.defineProperty(s, "_r", { value: { queue: [], ended: false, reading: false, scheduled: false, decoder: undefined }, configurable: true });
	if (o.read) s._read = o.read;
	if (o.destroy) s._destroy = o.destroy;
	if (o.encoding) s.setEncoding(o.encoding);
}

function flow(s) {
	if (s._r.scheduled) return;
	s._r.scheduled = true;
	tick(() => {
		s._r.scheduled = false;
		step(s);
	});
}

// step hands out what is there, and asks for more.
function step(s) {
	const r = s._r;
	while (s.readableFlowing && r.queue.length > 0) s.emit("data", r.queue.shift());
	if (r.queue.length > 0) {
		if (s.listenerCount("readable") > 0) s.emit("readable");
		return;
	}
	if (r.ended) {
		if (!s.readableEnded && (s.readableFlowing || s.listenerCount("readable") > 0)) {
			s.readableEnded = true;
			s.readable = false;
			if (s.listenerCount("readable") > 0) s.emit("readable");
			s.emit("end");
			if (!(s instanceof Duplex)) s.destroy();
		}
		return;
	}
	if (!r.reading && (s.readableFlowing || s.listenerCount("readable") > 0)) {
		r.reading = true;
		s._read(16384);
	}
}

const readable = {
	_read() {},
	push(chunk, encoding) {
		const r = this._r;
		r.reading = false;
		if (chunk === null) {
			const rest = r.decoder?.end();
			if (rest) r.queue.push(rest);
			r.ended = true;
		} else {
			if (!this.readableObjectMode) {
				if (typeof chunk === "string" && !r.decoder) chunk = Buffer.from(chunk, encoding);
				else if (typeof chunk !== "string" && !Buffer.isBuffer(chunk) && chunk instanceof Uint8Array) chunk = Buffer.from(chunk);
				if (r.decoder) chunk = r.decoder.write(chunk);
			}
			if (this.readableObjectMode || chunk.length > 0) r.queue.push(chunk);
		}
		flow(this);
		return r.queue.length < 16;
	},
	unshift(chunk) {
		this._r.queue.unshift(chunk);
	},
	read(n) {
		const r = this._r;
		if (r.queue.length === 0) {
			if (!r.ended && !r.reading) {
				r.reading = true;
				this._read(16384);
			}
			if (r.queue.length === 0) {
				if (r.ended) flow(this);
				return null;
			}
		}
		if (this.readableObjectMode) return r.queue.shift();
		const all = typeof r.queue[0] === "string" ? r.queue.join("") : Buffer.concat(r.queue);
		r.queue = [];
		if (n === undefined || n >= all.length) {
			flow(this);
			return all;
		}
		r.queue.push(all.slice(n));
		return all.slice(0, n);
	},
	setEncoding(encoding) {
		const r = this._r;
		r.decoder = new StringDecoder(encoding);
		const text = r.queue.map((chunk) => (typeof chunk === "string" ? chunk : r.decoder.write(chunk))).join("");
		r.queue = text === "" ? [] : [text];
		return this;
	},
	on(name, f) {
		EventEmitter.prototype.on.call(this, name, f);
		if (name === "data" && this.readableFlowing !== false) this.resume();
		if (name === "readable") flow(this);
		return this;
	},
	resume() {
		this.readableFlowing = true;
		flow(this);
		return this;
	},
	pause() {
		this.readableFlowing = false;
		return this;
	},
	isPaused() {
		return this.readableFlowing === false;
	},
	async *[Symbol.asyncIterator]() {
		const waiting = [];
		const wake = () => waiting.splice(0).forEach((f) => f());
		let error;
		let ended = false;
		this.on("error", (e) => {
			error = e;
			wake();
		});
		this.on("end", () => {
			ended = true;
			wake();
		});
		this.on("close", wake);
		this.on("readable", wake);
		for (;;) {
			const chunk = this.read();
			if (chunk !== null) {
				yield chunk;
				continue;
			}
			if (error) throw error;
			if (ended || this.destroyed || this.readableEnded) return;
			await new Promise((f) => waiting.push(f));
		}
	},
	async toArray() {
		const list = [];
		for await (const chunk of this) list.push(chunk);
		return list;
	},
};
readable.addListener = readable.on;

function setWritable(s, o) {
	s.writable = true;
	s.destroyed ??= false;
	s.writableEnded = false;
	s.writableFinished = false;
	s.writableObjectMode = Boolean(o.objectMode || o.writableObjectMode);
	Object.defineProperty(s, "_w", { value: { queue: [], busy: false, decode: o.decodeStrings !== false, most: o.highWaterMark ?? 16384 }, configurable: true });
	for (const name of ["write", "writev", "final", "destroy"]) if (o[name]) s[`_${name}`] = o[name];
}

function work(s) {
	const w = s._w;
	if (w.busy) return;
	if (w.queue.length === 0) {
		if (s.writableEnded && !s.writableFinished && !w.ending) {
			w.ending = true;
			const done = (e) => {
				if (e) return s.destroy(e);
				s.writableFinished = true;
				s.emit("finish");
				if (!(s instanceof Duplex)) s.destroy();
			};
			tick(() => (s._final ? s._final(done) : done()));
		} else if (w.full) {
			w.full = false;
			tick(() => s.emit("drain"));
		}
		return;
	}
	const [chunk, encoding, after] = w.queue.shift();
	w.busy = true;
	let later = false;
	s._write(chunk, encoding, (e) => {
		w.busy = false;
		if (e) {
			after?.(e);
			return s.destroy(e);
		}
		if (after) tick(() => after(null));
		if (later) work(s);
		else tick(() => work(s));
	});
	later = true;
}

const writable = {
	_write(chunk, encoding, done) {
		done();
	},
	write(chunk, encoding, after) {
		if (typeof encoding === "function") [after, encoding] = [encoding, undefined];
		if (this.writableEnded) {
			const e = fail(Error, "ERR_STREAM_WRITE_AFTER_END", "write after end");
			tick(() => this.emit("error", e));
			return false;
		}
		if (typeof chunk === "string" && this._w.decode && !this.writableObjectMode) {
			chunk = Buffer.from(chunk, encoding);
			encoding = "buffer";
		}
		this._w.queue.push([chunk, encoding ?? "utf8", after]);
		if (this._w.queue.length > 16) this._w.full = true;
		work(this);
		return !this._w.full;
	},
	end(chunk, encoding, after) {
		if (typeof chunk === "function") [after, chunk] = [chunk, undefined];
		if (typeof encoding === "function") [after, encoding] = [encoding, undefined];
		if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
		if (after) this.once("finish", after);
		this.writableEnded = true;
		this.writable = false;
		work(this);
		return this;
	},
	cork() {},
	uncork() {},
	setDefaultEncoding() {
		return this;
	},
};

function mix(Kind, methods) {
	for (const key of Reflect.ownKeys(methods)) Object.defineProperty(Kind.prototype, key, { value: methods[key], writable: true, configurable: true });
}
mix(Readable, readable);
mix(Writable, writable);

class Duplex extends Readable {
	constructor(options = {}) {
		super(options);
		setWritable(this, options);
	}
}
mix(Duplex, writable);

class Transform extends Duplex {
	constructor(options = {}) {
		super(options);
		if (options.transform) this._transform = options.transform;
		if (options.flush) this._flush = options.flush;
	}
	_write(chunk, encoding, done) {
		this._transform(chunk, encoding, (e, out) => {
			if (e) return done(e);
			if (out !== undefined && out !== null) this.push(out);
			done();
		});
	}
	_final(done) {
		const finish = (e, out) => {
			if (e) return done(e);
			if (out !== undefined && out !== null) this.push(out);
			this.push(null);
			done();
		};
		if (this._flush) this._flush(finish);
		else finish();
	}
}

class PassThrough extends Transform {
	_transform(chunk, encoding, done) {
		done(null, chunk);
	}
}

function finished(s, done) {
	let over = false;
	const end = (e) => {
		if (!over) done(e);
		over = true;
	};
	s.on("error", end);
	s.on(s instanceof Writable || s instanceof Duplex ? "finish" : "end", () => end());
	s.on("close", () => end());
}

function pipeline(...streams) {
	const done = typeof streams.at(-1) === "function" && streams.length > 1 ? streams.pop() : () => {};
	let over = false;
	const end = (e) => {
		if (over) return;
		over = true;
		if (e) streams.forEach((s) => s.destroy?.());
		done(e);
	};
	streams = streams.map((s) => (typeof s.pipe === "function" || typeof s.write === "function" ? s : Readable.from(typeof s === "function" ? s() : s)));
	streams.forEach((s) => s.on("error", end));
	for (let i = 0; i + 1 < streams.length; i++) streams[i].pipe(streams[i + 1]);
	const last = streams.at(-1);
	last.on(last.write ? "finish" : "end", () => end());
	return last;
}

Object.assign(Stream, {
	Stream, Readable, Writable, Duplex, Transform, PassThrough, finished, pipeline,
	promises: {
		pipeline: (...streams) => new Promise((resolve, reject) => pipeline(...streams, (e) => (e ? reject(e) : resolve()))),
		finished: (s) => new Promise((resolve, reject) => finished(s, (e) => (e ? reject(e) : resolve()))),
	},
});
module.exports = Stream;
