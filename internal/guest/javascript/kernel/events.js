// Events: Node's EventEmitter, and the web's EventTarget and AbortController.

const { fail, wrongType } = load("errors");

function check(f) {
	if (typeof f !== "function") throw wrongType("listener", "of type function", f);
}

function EventEmitter() {
	EventEmitter.init.call(this);
}
EventEmitter.init = function () {
	if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
		this._events = Object.create(null);
		this._eventsCount = 0;
	}
	this._maxListeners ||= undefined;
};
EventEmitter.defaultMaxListeners = 10;
EventEmitter.errorMonitor = Symbol("events.errorMonitor");
EventEmitter.captureRejectionSymbol = Symbol.for("nodejs.rejection");

const prototype = {
	_events: undefined,
	_eventsCount: 0,
	_maxListeners: undefined,
	setMaxListeners(n) {
		this._maxListeners = n;
		return this;
	},
	getMaxListeners() {
		return this._maxListeners ?? EventEmitter.defaultMaxListeners;
	},
	emit(name, ...args) {
		const list = this._events?.[name];
		if (name === "error" && this._events?.[EventEmitter.errorMonitor]) this.emit(EventEmitter.errorMonitor, ...args);
		if (list === undefined || list.length === 0) {
			if (name !== "error") return false;
			if (args[0] instanceof Error) throw args[0];
			const e = fail(Error, "ERR_UNHANDLED_ERROR", `Unhandled error. (${load("inspect").inspect(args[0])})`);
			e.context = args[0];
			throw e;
		}
		for (const f of list.slice()) Reflect.apply(f, this, args);
		return true;
	},
	addListener(name, f) {
		return add(this, name, f, false);
	},
	on(name, f) {
		return add(this, name, f, false);
	},
	prependListener(name, f) {
		return add(this, name, f, true);
	},
	once(name, f) {
		check(f);
		return add(this, name, onced(this, name, f), false);
	},
	prependOnceListener(name, f) {
		check(f);
		return add(this, name, onced(this, name, f), true);
	},
	removeListener(name, f) {
		check(f);
		const list = this._events?.[name];
		if (list === undefined) return this;
		for (let i = list.length - 1; i >= 0; i--) {
			if (list[i] !== f && list[i].listener !== f) continue;
			const rest = list.slice(0, i).concat(list.slice(i + 1));
			if (rest.length > 0) this._events[name] = rest;
			else {
				delete this._events[name];
				this._eventsCount--;
			}
			if (this._events.removeListener) this.emit("removeListener", name, list[i].listener ?? f);
			break;
		}
		return this;
	},
	off(name, f) {
		return this.removeListener(name, f);
	},
	removeAllListeners(name) {
		if (name === undefined) {
			this._events = Object.create(null);
			this._eventsCount = 0;
		} else if (this._events?.[name] !== undefined) {
			delete this._events[name];
			this._eventsCount--;
		}
		return this;
	},
	listeners(name) {
		return (this._events?.[name] ?? []).map((f) => f.listener ?? f);
	},
	rawListeners(name) {
		return (this._events?.[name] ?? []).slice();
	},
	listenerCount(name, f) {
		const list = this._events?.[name] ?? [];
		return f === undefined ? list.length : list.filter((g) => g === f || g.listener === f).length;
	},
	eventNames() {
		return this._events ? Reflect.ownKeys(this._events) : [];
	},
};
for (const name of Object.keys(prototype)) EventEmitter.prototype[name] = prototype[name];

function add(emitter, name, f, first) {
	check(f);
	if (emitter._events === undefined) EventEmitter.init.call(emitter);
	if (emitter._events.newListener !== undefined) emitter.emit("newListener", name, f.listener ?? f);
	const list = emitter._events[name];
	if (list === undefined) {
		emitter._events[name] = [f];
		emitter._eventsCount++;
	} else emitter._events[name] = first ? [f, ...list] : [...list, f];
	return emitter;
}

function onced(emitter, name, f) {
	let done = false;
	const wrapped = function (...args) {
		if (done) return;
		done = true;
		emitter.removeListener(name, wrapped);
		return Reflect.apply(f, emitter, args);
	};
	wrapped.listener = f;
	return wrapped;
}

EventEmitter.EventEmitter = EventEmitter;
EventEmitter.listenerCount = (emitter, name) => emitter.listenerCount(name);
EventEmitter.once = (emitter, name, options) =>
	new Promise((resolve, reject) => {
		if (options?.signal?.aborted) return reject(options.signal.reason);
		if (emitter instanceof EventTarget) return emitter.addEventListener(name, (e) => resolve([e]), { once: true });
		const failed = (e) => {
			emitter.removeListener(name, done);
			reject(e);
		};
		const done = (...args) => {
			emitter.removeListener("error", failed);
			resolve(args);
		};
		emitter.once(name, done);
		if (name !== "error") emitter.once("error", failed);
	});
EventEmitter.on = (emitter, name, options) => {
	const ready = [];
	const waiting = [];
	let error;
	let over = false;
	const push = (...args) => (waiting.length > 0 ? waiting.shift().resolve({ value: args, done: false }) : ready.push(args));
	const failed = (e) => (waiting.length > 0 ? waiting.shift().reject(e) : (error = e));
	emitter.on(name, push);
	if (name !== "error") emitter.on("error", failed);
	const stop = () => {
		over = true;
		emitter.off(name, push);
		emitter.off("error", failed);
		for (const w of waiting.splice(0)) w.resolve({ value: undefined, done: true });
		return Promise.resolve({ value: undefined, done: true });
	};
	options?.signal?.addEventListener("abort", () => {
		failed(options.signal.reason);
	});
	return {
		next() {
			if (ready.length > 0) return Promise.resolve({ value: ready.shift(), done: false });
			if (error !== undefined) {
				const e = error;
				error = undefined;
				stop();
				return Promise.reject(e);
			}
			if (over) return Promise.resolve({ value: undefined, done: true });
			return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
		},
		return: stop,
		throw: failed,
		[Symbol.asyncIterator]() {
			return this;
		},
	};
};

// ---- The web's events ----

class Event {
	#options;
	constructor(type, options = {}) {
		this.type = String(type);
		this.#options = options ?? {};
		this.timeStamp = host.now();
		this.target = this.currentTarget = null;
		this.defaultPrevented = false;
		this.stopped = false;
		for (const name of ["stopped", "timeStamp"]) Object.defineProperty(this, name, { enumerable: false });
	}
	get bubbles() { return Boolean(this.#options.bubbles); }
	get cancelable() { return Boolean(this.#options.cancelable); }
	get composed() { return Boolean(this.#options.composed); }
	preventDefault() {
		if (this.cancelable) this.defaultPrevented = true;
	}
	stopPropagation() {}
	stopImmediatePropagation() {
		this.stopped = true;
	}
}

class CustomEvent extends Event {
	constructor(type, options = {}) {
		super(type, options);
		this.detail = options?.detail ?? null;
	}
}

class EventTarget {
	#listeners = new Map();
	addEventListener(type, f, options) {
		if (f === null || f === undefined) return;
		const o = typeof options === "boolean" ? { capture: options } : (options ?? {});
		if (o.signal?.aborted) return;
		const list = this.#listeners.get(type) ?? [];
		if (list.some((l) => l.f === f)) return;
		list.push({ f, once: Boolean(o.once) });
		this.#listeners.set(type, list);
		o.signal?.addEventListener("abort", () => this.removeEventListener(type, f));
	}
	removeEventListener(type, f) {
		const list = this.#listeners.get(type);
		if (list !== undefined) this.#listeners.set(type, list.filter((l) => l.f !== f));
	}
	dispatchEvent(event) {
		if (!(event instanceof Event)) throw wrongType("event", "an instance of Event", event);
		event.target = event.currentTarget = this;
		const on = this[`on${event.type}`];
		const list = [...(this.#listeners.get(event.type) ?? [])];
		if (typeof on === "function") on.call(this, event);
		for (const l of list) {
			if (event.stopped) break;
			if (l.once) this.removeEventListener(event.type, l.f);
			try {
				if (typeof l.f === "function") l.f.call(this, event);
				else l.f.handleEvent(event);
			} catch (e) {
				load("timers").nextTick(() => {
					throw e;
				});
			}
		}
		event.currentTarget = null;
		return !event.defaultPrevented;
	}
}

const CODES = { IndexSizeError: 1, NotFoundError: 8, NotSupportedError: 9, InvalidStateError: 11, SyntaxError: 12, InvalidAccessError: 15, TimeoutError: 23, AbortError: 20, DataCloneError: 25, InvalidCharacterError: 5, QuotaExceededError: 22 };

class DOMException extends Error {
	#name;
	constructor(message = "", name = "Error") {
		super(message);
		this.#name = typeof name === "object" ? (name.name ?? "Error") : name;
		const stack = String(this.stack).replace(/^Error/, this.#name);
		Object.defineProperty(this, "stack", { value: stack, writable: true, configurable: true });
	}
	get name() { return this.#name; }
	get code() { return CODES[this.#name] ?? 0; }
}

class AbortSignal extends EventTarget {
	constructor() {
		super();
		this.aborted = false;
		this.reason = undefined;
		this.onabort = null;
	}
	throwIfAborted() {
		if (this.aborted) throw this.reason;
	}
	static abort(reason) {
		const c = new AbortController();
		c.abort(reason);
		return c.signal;
	}
	static timeout(ms) {
		const c = new AbortController();
		load("timers").setTimeout(() => c.abort(new DOMException("The operation was aborted due to timeout", "TimeoutError")), ms).unref();
		return c.signal;
	}
	static any(signals) {
		const c = new AbortController();
		for (const s of signals) {
			if (s.aborted) c.abort(s.reason);
			else s.addEventListener("abort", () => c.abort(s.reason), { once: true });
		}
		return c.signal;
	}
}

class AbortController {
	constructor() {
		this.signal = new AbortSignal();
	}
	abort(reason = new DOMException("This operation was aborted", "AbortError")) {
		if (this.signal.aborted) return;
		this.signal.aborted = true;
		this.signal.reason = reason;
		this.signal.dispatchEvent(new Event("abort"));
	}
}

module.exports = { EventEmitter, Event, CustomEvent, EventTarget, DOMException, AbortController, AbortSignal };
