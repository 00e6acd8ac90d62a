// process: arguments, environment, the standard streams, the end.

const { EventEmitter } = load("events");
const { Buffer, wrap } = load("bytes");
const { Readable, Writable } = load("streams");
const { fail, system, wrongType } = load("errors");
const timers = load("timers");

let started = 0; // of this execution, on host.now's clock
let origin = 0; // the same, as a date
let cwd = "/";

const process = Object.create(Object.create(EventEmitter.prototype, { constructor: { value: function process() {}, configurable: true, writable: true } }));
EventEmitter.call(process);
for (const name of ["_events", "_eventsCount", "_maxListeners"]) Object.defineProperty(process, name, { enumerable: false });
Object.defineProperty(process, Symbol.toStringTag, { value: "process", configurable: true });

const ENV = { HOME: "/workspace", TMPDIR: "/tmp", USER: "user", LOGNAME: "user", PATH: "/usr/bin", LANG: "C.UTF-8", TERM: "dumb", PWD: "/workspace" };

// environment makes what is assigned to it text, as an environment does.
function environment() {
	return new Proxy({ ...ENV }, {
		set(o, name, value) {
			o[name] = String(value);
			return true;
		},
		defineProperty(o, name, d) {
			return Reflect.defineProperty(o, name, "value" in d ? { ...d, value: String(d.value) } : d);
		},
	});
}

class Input extends Readable {
	constructor() {
		super({
			read() {
				const got = host.read(0, 65536, -1);
				if (typeof got === "number") this.destroy(system(got, "read"));
				else this.push(got.length === 0 ? null : wrap(got));
			},
		});
		this.fd = 0;
		this.isTTY = undefined;
	}
	ref() {
		return this;
	}
	unref() {
		return this;
	}
	setRawMode() {
		return this;
	}
}

class Output extends Writable {
	constructor(fd) {
		super({ decodeStrings: false });
		this.fd = fd;
	}
	// write writes at once: what is printed appears in order.
	write(chunk, encoding, after) {
		if (typeof encoding === "function") after = encoding;
		if (typeof chunk !== "string" && !ArrayBuffer.isView(chunk))
			throw wrongType("chunk", "of type string or an instance of Buffer or Uint8Array", chunk);
		if (typeof chunk === "string" && typeof encoding === "string" && !/^utf-?8$/i.test(encoding)) chunk = Buffer.from(chunk, encoding);
		const n = host.write(this.fd, chunk);
		if (n < 0) {
			const e = system(n, "write");
			if (after) timers.nextTick(after, e);
			return false;
		}
		if (after) timers.nextTick(after);
		return true;
	}
	end(chunk, encoding, after) {
		if (typeof chunk === "function") [after, chunk] = [chunk, undefined];
		if (chunk !== undefined && chunk !== null) this.write(chunk, encoding);
		if (after) timers.nextTick(after);
		return this;
	}
	getWindowSize() {
		return [80, 24];
	}
	hasColors() {
		return false;
	}
	getColorDepth() {
		return 1;
	}
	cursorTo() {
		return true;
	}
	clearLine() {
		return true;
	}
	moveCursor() {
		return true;
	}
}

function hrtime(before) {
	const n = host.nanoseconds();
	let s = Number(n / 1000000000n);
	let ns = Number(n % 1000000000n);
	if (before !== undefined) {
		s -= before[0];
		ns -= before[1];
		if (ns < 0) {
			s--;
			ns += 1e9;
		}
	}
	return [s, ns];
}
hrtime.bigint = () => host.nanoseconds();

function memoryUsage() {
	const [used, whole] = host.memory();
	return { rss: whole, heapTotal: whole, heapUsed: used, external: 0, arrayBuffers: 0 };
}
memoryUsage.rss = () => host.memory()[1];

// codeOf checks what somebody wants as exit code.
function codeOf(code) {
	if (code === undefined || code === null) return 0;
	const n = Number(code);
	if (!Number.isInteger(n) || code === "") throw fail(TypeError, "ERR_INVALID_ARG_TYPE", `The "code" argument must be of type number. Received ${load("inspect").inspect(code)}`);
	return n;
}

let exiting = false;

// finish tells those who listen to "exit" and returns the exit code.
function finish(code) {
	if (!exiting) {
		exiting = true;
		if (code !== undefined) process.exitCode = code;
		process.emit("exit", codeOf(process.exitCode));
	}
	return codeOf(process.exitCode);
}

const methods = {
	exit(code) {
		if (code !== undefined) process.exitCode = codeOf(code);
		host.exit(finish());
	},
	reallyExit: (code) => host.exit(codeOf(code)),
	abort() {
		host.exit(134);
	},
	cwd: () => cwd,
	chdir(path) {
		const to = load("path").resolve(path);
		const got = host.stat(to);
		if (typeof got === "number") throw system(got, "chdir", cwd, path);
		if (got[0] !== "d") throw system(54, "chdir", cwd, path);
		cwd = to;
	},
	nextTick: timers.nextTick,
	hrtime,
	memoryUsage,
	uptime: () => (host.now() - started) / 1000,
	cpuUsage() {
		return { user: Math.round((host.now() - started) * 1000), system: 0 };
	},
	resourceUsage: () => ({ userCPUTime: Math.round((host.now() - started) * 1000), systemCPUTime: 0, maxRSS: host.memory()[1] >> 10 }),
	emitWarning(warning, type) {
		const name = typeof warning === "object" ? warning.name : typeof type === "object" ? (type.type ?? "Warning") : (type ?? "Warning");
		host.write(2, `(node:1) ${name}: ${typeof warning === "object" ? warning.message : warning}\n`);
	},
	umask: () => 18,
	getuid: () => 1000,
	geteuid: () => 1000,
	getgid: () => 1000,
	getegid: () => 1000,
	kill() {
		throw new Error(load("absent").sentence("process.kill", load("absent").NO_PROCESSES));
	},
	binding() {
		throw new Error("No such module");
	},
	setUncaughtExceptionCaptureCallback() {},
};
for (const name of Object.keys(methods)) process[name] = methods[name];
Object.assign(process, {
	title: "node", version: "v20.0.0", versions: { node: "20.0.0", quickjs: "2025-04-26" }, arch: "wasm32", platform: "linux",
	release: { name: "node" }, pid: 1, ppid: 0, execPath: "/usr/bin/node", execArgv: [], exitCode: undefined, env: environment(), argv: [], features: {}, config: {}, allowedNodeEnvironmentFlags: new Set(),
});

const streams = {};
for (const [name, make] of Object.entries({ stdin: () => new Input(), stdout: () => new Output(1), stderr: () => new Output(2) })) {
	Object.defineProperty(process, name, {
		get: () => (streams[name] ??= make()),
		set(v) {
			streams[name] = v;
		},
		enumerable: true,
		configurable: true,
	});
}

const performance = {
	now: () => host.now() - started,
	get timeOrigin() {
		return origin;
	},
	mark(name) {
		const entry = { name, entryType: "mark", startTime: performance.now(), duration: 0, detail: null };
		marks.push(entry);
		return entry;
	},
	measure(name, from, to) {
		const at = (m) => (m === undefined ? undefined : marks.findLast((e) => e.name === m)?.startTime);
		const start = at(from) ?? 0;
		const entry = { name, entryType: "measure", startTime: start, duration: (at(to) ?? performance.now()) - start, detail: null };
		marks.push(entry);
		return entry;
	},
	getEntries: () => marks.slice(),
	getEntriesByName: (name) => marks.filter((e) => e.name === name),
	getEntriesByType: (type) => marks.filter((e) => e.entryType === type),
	clearMarks(name) {
		marks = marks.filter((e) => e.entryType !== "mark" || (name !== undefined && e.name !== name));
	},
	clearMeasures() {
		marks = marks.filter((e) => e.entryType !== "measure");
	},
	toJSON: () => ({ timeOrigin: origin }),
	timerify: (f) => f,
};
let marks = [];
Object.defineProperty(performance, Symbol.toStringTag, { value: "Performance", configurable: true });

// begin sets up what every execution finds fresh.
function begin(request, name) {
	exiting = false;
	process.exitCode = undefined;
	process.argv0 = "node";
	for (const key in streams) delete streams[key];
	if (request.fresh) {
		started = host.now();
		origin = Date.now();
		marks = [];
		process.env = environment();
		cwd = typeof host.stat("/workspace") === "number" ? "/" : "/workspace";
	}
	process.removeAllListeners();
	process.argv = ["/usr/bin/node"];
	if (request.module) process.argv.push(request.name ? load("path").resolve(name) : name);
	if (request.args?.length > 0) process.argv.push(...request.args);
}

module.exports = { process, performance, begin, finish };
