// console: Node's, on standard output and standard error.

const { format, formatWith, inspect, width } = load("inspect");

class Console {
	#out;
	#err;
	#indent = "";
	#counts = new Map();
	#times = new Map();
	constructor(out, err) {
		if (out && out.stdout) [out, err] = [out.stdout, out.stderr];
		this.#out = typeof out === "function" ? out : (text) => out.write(text);
		this.#err = typeof err === "function" ? err : err ? (text) => err.write(text) : this.#out;
		// Methods are the object's own, so that they can be passed around.
		for (const name of Object.getOwnPropertyNames(Console.prototype)) {
			if (name === "constructor") continue;
			this[name] = this[name].bind(this);
			Object.defineProperty(this[name], "name", { value: name, configurable: true });
		}
	}
	#print(write, text) {
		if (this.#indent !== "") text = this.#indent + text.replaceAll("\n", `\n${this.#indent}`);
		write(`${text}\n`);
	}
	log(...args) {
		this.#print(this.#out, args.length === 1 && typeof args[0] === "string" ? args[0] : formatWith(undefined, args));
	}
	info(...args) {
		this.log(...args);
	}
	debug(...args) {
		this.log(...args);
	}
	error(...args) {
		this.#print(this.#err, formatWith(undefined, args));
	}
	warn(...args) {
		this.error(...args);
	}
	trace(...args) {
		const e = new Error();
		const frames = String(e.stack).split("\n").slice(1).join("\n");
		this.error(`Trace${args.length > 0 ? `: ${formatWith(undefined, args)}` : ""}\n${frames}`);
	}
	dir(value, options) {
		this.#print(this.#out, inspect(value, { customInspect: false, ...options }));
	}
	dirxml(...args) {
		this.log(...args);
	}
	assert(ok, ...args) {
		if (ok) return;
		if (typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
		else args.unshift(args.length > 0 ? "Assertion failed:" : "Assertion failed");
		this.warn(...args);
	}
	clear() {}
	count(label = "default") {
		const n = (this.#counts.get(String(label)) ?? 0) + 1;
		this.#counts.set(String(label), n);
		this.log(`${label}: ${n}`);
	}
	countReset(label = "default") {
		if (!this.#counts.delete(String(label))) this.warn(`Warning: Count for '${label}' does not exist`);
	}
	group(...label) {
		if (label.length > 0) this.log(...label);
		this.#indent += "  ";
	}
	groupCollapsed(...label) {
		this.group(...label);
	}
	groupEnd() {
		this.#indent = this.#indent.slice(0, -2);
	}
	time(label = "default") {
		this.#times.set(String(label), host.now());
	}
	timeLog(label = "default", ...args) {
		const from = this.#times.get(String(label));
		if (from === undefined) return this.warn(`Warning: No such label '${label}' for console.timeLog()`);
		this.log(`${label}: ${duration(host.now() - from)}`, ...args);
	}
	timeEnd(label = "default") {
		const from = this.#times.get(String(label));
		if (from === undefined) return this.warn(`Warning: No such label '${label}' for console.timeEnd()`);
		this.log(`${label}: ${duration(host.now() - from)}`);
		this.#times.delete(String(label));
	}
	timeStamp() {}
	profile() {}
	profileEnd() {}
	table(data, columns) {
		if (typeof data !== "object" || data === null) return this.log(data);
		this.log(table(data, columns));
	}
}

function duration(ms) {
	if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
	if (ms < 60000) return `${(ms / 1000).toFixed(3)}s`;
	const minutes = Math.floor(ms / 60000);
	return `${minutes}:${((ms % 60000) / 1000).toFixed(3).padStart(6, "0")} (m:ss.mmm)`;
}

const cell = (v) => inspect(v, { depth: v !== null && typeof v === "object" && !Array.isArray(v) && Object.keys(v).length > 2 ? -1 : 0, maxArrayLength: 3, breakLength: Infinity });

function table(data, columns) {
	const index = data instanceof Map || data instanceof Set ? "(iteration index)" : "(index)";
	const rows = [];
	if (data instanceof Map) {
		let i = 0;
		for (const [key, value] of data) rows.push([String(i++), { Key: key, Values: value }, true]);
	} else if (data instanceof Set) {
		let i = 0;
		for (const value of data) rows.push([String(i++), value]);
	} else for (const key of Object.keys(data)) rows.push([key, data[key]]);
	const heads = [];
	let values = false;
	for (const [, row] of rows) {
		if (typeof row === "object" && row !== null && !(typeof row === "function")) {
			for (const key of columns ?? Object.keys(row)) if (!heads.includes(key)) heads.push(key);
		} else values = true;
	}
	const head = [index, ...heads, ...(values ? ["Values"] : [])];
	const body = rows.map(([key, row]) => {
		const object = typeof row === "object" && row !== null;
		const line = [key];
		for (const name of heads) line.push(object && Object.prototype.hasOwnProperty.call(row, name) ? cell(row[name]) : "");
		if (values) line.push(object ? "" : cell(row));
		return line;
	});
	const sizes = head.map((text, i) => Math.max(width(text), ...body.map((line) => width(line[i]))) + 2);
	const padded = (text, size) => ` ${text}${" ".repeat(size - width(text) - 1)}`;
	const rule = (a, b, c) => a + sizes.map((n) => "─".repeat(n)).join(b) + c;
	const line = (cells) => `│${cells.map((text, i) => padded(text, sizes[i])).join("│")}│`;
	return [rule("┌", "┬", "┐"), line(head), rule("├", "┼", "┤"), ...body.map(line), rule("└", "┴", "┘")].join("\n");
}

function make() {
	const c = new Console((text) => host.write(1, text), (text) => host.write(2, text));
	Object.defineProperty(c, "Console", { value: Console, writable: true, configurable: true });
	Object.defineProperty(c, Symbol.toStringTag, { value: "console", configurable: true });
	return c;
}

module.exports = { Console, make };
