// Timers and the loop that runs them: what process.nextTick, promises,
// setImmediate and setTimeout asked for, in Node's order.

const { wrongType } = load("errors");

const ticks = [];
let immediates = [];
const heap = []; // timers, the earliest first
let serial = 0;
const active = new Map(); // by id

class Timeout {
	constructor(f, ms, args, repeat) {
		this.id = ++serial;
		this.ms = ms >= 1 && ms <= 2147483647 ? Math.trunc(ms) : 1;
		this.f = f;
		this.args = args;
		this.repeat = repeat;
		this.counts = true;
		this.at = host.now() + this.ms;
		this.order = serial;
		for (const key of Object.keys(this)) Object.defineProperty(this, key, { enumerable: false, writable: true });
	}
	ref() {
		this.counts = true;
		return this;
	}
	unref() {
		this.counts = false;
		return this;
	}
	hasRef() {
		return this.counts;
	}
	refresh() {
		if (active.has(this.id)) {
			remove(this);
			this.at = host.now() + this.ms;
			push(this);
		}
		return this;
	}
	close() {
		clearTimeout(this);
		return this;
	}
	[Symbol.toPrimitive]() {
		return this.id;
	}
}

class Immediate {
	constructor(f, args) {
		this.f = f;
		this.args = args;
		this.counts = true;
		for (const key of Object.keys(this)) Object.defineProperty(this, key, { enumerable: false, writable: true });
	}
	ref() {
		this.counts = true;
		return this;
	}
	unref() {
		this.counts = false;
		return this;
	}
	hasRef() {
		return this.counts;
	}
}

const before = (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(t) {
	t.order = ++serial;
	let i = heap.push(t) - 1;
	while (i > 0) {
		const up = (i - 1) >> 1;
		if (!before(heap[i], heap[up])) break;
		[heap[i], heap[up]] = [heap[up], heap[i]];
		i = up;
	}
	active.set(t.id, t);
}

function sink(i) {
	for (;;) {
		let least = i;
		for (const child of [2 * i + 1, 2 * i + 2]) if (child < heap.length && before(heap[child], heap[least])) least = child;
		if (least === i) return;
		[heap[i], heap[least]] = [heap[least], heap[i]];
		i = least;
	}
}

function pop() {
	const first = heap[0];
	const last = heap.pop();
	if (heap.length > 0) {
		heap[0] = last;
		sink(0);
	}
	return first;
}

function remove(t) {
	active.delete(t.id);
	const i = heap.indexOf(t);
	if (i === -1) return;
	const last = heap.pop();
	if (i < heap.length) {
		heap[i] = last;
		const rest = heap.splice(0); // rare: build it anew
		for (const each of rest) {
			const order = each.order;
			push(each);
			each.order = order;
		}
		heap.sort((a, b) => (before(a, b) ? -1 : 1));
	}
}

function check(f) {
	if (typeof f !== "function") throw wrongType("callback", "of type function", f);
}

function setTimeout(f, ms, ...args) {
	check(f);
	const t = new Timeout(f, Number(ms), args, false);
	push(t);
	return t;
}

function setInterval(f, ms, ...args) {
	check(f);
	const t = new Timeout(f, Number(ms), args, true);
	push(t);
	return t;
}

function clearTimeout(t) {
	if (t === undefined || t === null) return;
	const timer = t instanceof Timeout ? t : active.get(Number(t));
	if (timer !== undefined) {
		timer.repeat = false;
		remove(timer);
	}
}

function clearInterval(t) {
	clearTimeout(t);
}

function setImmediate(f, ...args) {
	check(f);
	const i = new Immediate(f, args);
	immediates.push(i);
	return i;
}

function clearImmediate(i) {
	const at = immediates.indexOf(i);
	if (at !== -1) immediates.splice(at, 1);
	if (i) i.f = undefined;
}

function nextTick(f, ...args) {
	check(f);
	ticks.push(args.length > 0 ? () => f(...args) : f);
}

function queueMicrotask(f) {
	check(f);
	Promise.resolve().then(() => guard(f));
}

// guard runs code of the user's that was put off; report.js says what becomes
// of what it throws.
let onError = (e) => {
	throw e;
};

function guard(f, args) {
	try {
		return args === undefined ? f() : f(...args);
	} catch (e) {
		onError(e);
	}
}

let onTurn = () => {};

// settle runs ticks and promise reactions until none are left.
function settle() {
	do {
		for (let i = 0; i < ticks.length; i++) {
			guard(ticks[i]);
			if (i === 1000 || i === ticks.length - 1) {
				ticks.splice(0, i + 1);
				i = -1;
			}
		}
		host.drain();
		if (ticks.length === 0) onTurn();
	} while (ticks.length > 0);
}

// loop runs until nothing that counts is left to do.
function loop() {
	settle();
	// What main code set for at once comes before its immediates: Node takes
	// longer than that to start.
	if (immediates.length > 0 && heap.length > 0 && heap[0].ms === 1) host.sleep(heap[0].at - host.now());
	for (;;) {
		const now = host.now();
		while (heap.length > 0 && heap[0].at <= now) {
			const t = pop();
			if (!t.repeat) active.delete(t.id);
			guard(t.f, t.args);
			if (t.repeat && active.has(t.id)) {
				t.at = host.now() + t.ms;
				push(t);
			}
			settle();
		}
		if (immediates.length > 0) {
			const list = immediates;
			immediates = [];
			for (const i of list) {
				if (i.f !== undefined) guard(i.f, i.args);
				settle();
			}
			continue;
		}
		if (!heap.some((t) => t.counts)) return;
		host.sleep(heap[0].at - host.now());
	}
}

// pending reports whether something that counts is left to do.
function pending() {
	return ticks.length > 0 || immediates.length > 0 || heap.some((t) => t.counts);
}

// forget drops everything that was put off.
function forget() {
	ticks.length = heap.length = immediates.length = 0;
	active.clear();
}

module.exports = {
	setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate, nextTick, queueMicrotask, settle, loop, pending, forget, guard,
	hooks(error, turn) {
		onError = error;
		onTurn = turn;
	},
	promises: {
		setTimeout: (ms, value, options) => aborting(options, (done) => [setTimeout(done, ms, value), clearTimeout]),
		setImmediate: (value, options) => aborting(options, (done) => [setImmediate(done, value), clearImmediate]),
		async *setInterval(ms, value) {
			for (;;) {
				await new Promise((done) => setTimeout(done, ms));
				yield value;
			}
		},
		scheduler: { wait: (ms) => new Promise((done) => setTimeout(done, ms)), yield: () => new Promise((done) => setImmediate(done)) },
	},
};

function aborting(options, start) {
	return new Promise((resolve, reject) => {
		const signal = options?.signal;
		const stop = () => {
			const { DOMException } = load("events");
			const e = new DOMException("The operation was aborted", "AbortError");
			Object.defineProperty(e, "code", { value: "ABORT_ERR" });
			return e;
		};
		if (signal?.aborted) return reject(stop());
		const [timer, clear] = start(resolve);
		if (options?.ref === false) timer.unref();
		signal?.addEventListener("abort", () => {
			clear(timer);
			reject(stop());
		});
	});
}
