// The module readline, over standard input or any stream.

const { EventEmitter } = load("events");
const { StringDecoder } = load("bytes");
const { fail } = load("errors");

class Interface extends EventEmitter {
	#decoder = new StringDecoder("utf8");
	#rest = "";
	#lines = [];
	#asked = [];
	#paused = false;
	#ended = false;
	#prompt;
	constructor(input, output) {
		super();
		const o = input && typeof input.on !== "function" ? input : { input, output };
		this.input = o.input;
		this.output = o.output;
		this.terminal = false;
		this.closed = false;
		this.line = "";
		this.#prompt = o.prompt ?? "> ";
		this.input.on("data", (chunk) => this.#feed(typeof chunk === "string" ? chunk : this.#decoder.write(chunk)));
		this.input.on("end", () => this.#end());
		this.input.on("error", (e) => this.emit("error", e));
		o.signal?.addEventListener("abort", () => this.close());
	}
	#feed(text) {
		const parts = (this.#rest + text).split(/\r?\n/);
		this.#rest = parts.pop();
		this.#lines.push(...parts);
		this.#give();
	}
	#end() {
		const rest = this.#rest + this.#decoder.end();
		this.#rest = "";
		if (rest !== "") this.#lines.push(rest);
		this.#ended = true;
		this.#give();
	}
	// give hands out lines, until somebody pauses; the last one who asked gets the first.
	#give() {
		while (!this.#paused && !this.closed && this.#lines.length > 0) {
			const line = this.#lines.shift();
			const asked = this.#asked.shift();
			if (asked !== undefined) asked(line);
			else this.emit("line", line);
		}
		if (this.#ended && this.#lines.length === 0) this.close();
	}
	question(query, options, answer) {
		if (typeof options === "function") answer = options;
		if (this.closed) throw fail(Error, "ERR_USE_AFTER_CLOSE", "readline was closed");
		this.output?.write(query);
		this.#asked.push(answer);
		load("timers").nextTick(() => this.#give());
		if (this.#paused) this.resume();
	}
	setPrompt(prompt) {
		this.#prompt = prompt;
	}
	getPrompt() {
		return this.#prompt;
	}
	prompt() {
		this.output?.write(this.#prompt);
		if (this.#paused) this.resume();
	}
	write() {}
	pause() {
		if (this.#paused) return this;
		this.#paused = true;
		this.input.pause();
		this.emit("pause");
		return this;
	}
	resume() {
		if (!this.#paused) return this;
		this.#paused = false;
		this.input.resume();
		this.emit("resume");
		this.#give();
		return this;
	}
	close() {
		if (this.closed) return;
		this.closed = true;
		this.input.pause?.();
		this.emit("close");
	}
	[Symbol.asyncIterator]() {
		const lines = [];
		const waiting = [];
		let closed = this.closed;
		this.on("line", (line) => (waiting.length > 0 ? waiting.shift()({ value: line, done: false }) : lines.push(line)));
		this.on("close", () => {
			closed = true;
			for (const f of waiting.splice(0)) f({ value: undefined, done: true });
		});
		return {
			next: () => (lines.length > 0 ? Promise.resolve({ value: lines.shift(), done: false }) : closed ? Promise.resolve({ value: undefined, done: true }) : new Promise((f) => waiting.push(f))),
			return: () => {
				this.close();
				return Promise.resolve({ value: undefined, done: true });
			},
			[Symbol.asyncIterator]() {
				return this;
			},
		};
	}
}

class Asking extends Interface {
	question(query, options) {
		return new Promise((resolve, reject) => {
			options?.signal?.addEventListener("abort", () => reject(options.signal.reason));
			super.question(query, resolve);
		});
	}
}

const moves = { clearLine: () => true, clearScreenDown: () => true, cursorTo: () => true, moveCursor: () => true, emitKeypressEvents() {} };
module.exports = {
	Interface, ...moves,
	createInterface: (input, output) => new Interface(input, output),
	promises: { Interface: Asking, createInterface: (input, output) => new Asking(input, output) },
};
