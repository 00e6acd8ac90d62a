// One execution: a request comes in as JSON, an exit code goes out.
//
// A script ("module" in the request) is one file of a program, as node runs
// it. A cell is global code: what it declares the next ones see, and may
// declare again (see engine.c). Both may await on their top level. An execution
// ends when nothing is left to do, timers included.

const processes = load("process");
const { process } = processes;
const timers = load("timers");
const modules = load("modules");
const report = load("report");
const { show } = load("show");
const { withoutMark, withoutShebang } = modules;

const UNSETTLED = 13; // Node's exit code where an await on the top level never ends

let count = 0; // executions so far in this sandbox
let enterCells = () => {};
let last; // the value shown last, which cells know as _

// run carries out one request and returns its exit code.
function run(text) {
	const request = JSON.parse(text);
	const name = begin(request);
	try {
		if (request.module) runScript(request.code, name);
		else runCell(request.code, name, request.show);
		idle();
	} catch (e) {
		if (e !== report.ENDED) {
			process.exitCode = 1;
			try {
				report.uncaught(e);
				process.exitCode = undefined; // somebody listened
			} catch (again) {
				if (again !== report.ENDED) throw again;
			}
		}
	}
	timers.forget();
	return end();
}

// idle runs what is left to do, and what those who listen for the end add.
function idle() {
	timers.loop();
	for (;;) {
		process.emit("beforeExit", process.exitCode ?? 0);
		if (!timers.pending()) return;
		timers.loop();
	}
}

function end() {
	try {
		return processes.finish();
	} catch (e) {
		return e === report.ENDED ? process.exitCode : report.report(e);
	}
}

function begin(request) {
	timers.forget();
	report.begin();
	if (request.fresh) {
		count = 0;
		last = undefined;
		host.reseed();
	}
	count++;
	const name = request.name || `<cell ${count}>`;
	processes.begin(request, name);
	report.remember(name, request.code);
	enterCells();
	return name;
}

function runScript(text, name) {
	modules.begin(count === 1);
	const promise = modules.runMain(withoutMark(text), name);
	if (promise === undefined) return;
	host.drain(); // in an ES module promises come before ticks
	await_(promise);
}

// await_ runs the loop until a promise is settled, and returns its value. The
// rejection of one that nobody handles is reported on the way.
function await_(promise) {
	timers.settle();
	let [state, value] = host.state(promise);
	if (state === "pending") {
		timers.loop();
		[state, value] = host.state(promise);
	}
	if (state === "pending") {
		host.write(2, "Warning: Detected unsettled top-level await\n");
		process.exitCode = UNSETTLED;
		throw report.ENDED;
	}
	return value;
}

function startCell(text, name) {
	try {
		return host.cell(text, name);
	} catch (e) {
		if (!(e instanceof SyntaxError) || !/\bimport\b/.test(text)) throw e;
		const changed = modules.withoutImports(text);
		if (changed === text) throw e;
		return host.cell(changed, name);
	}
}

function runCell(text, name, shows) {
	const promise = startCell(withoutShebang(withoutMark(text)), name);
	const [state, reason] = host.state(promise);
	if (state === "rejected") {
		report.take(promise);
		throw reason;
	}
	const { value } = await_(promise) ?? {};
	if (!shows || value === undefined) return;
	if (globalThis._ === last) globalThis._ = last = value;
	show(value);
}

// ended is what caisson.c calls when an execution was cut short: interrupted,
// or out of memory in the midst of the kernel.
function ended(interrupted, e) {
	timers.forget();
	report.begin();
	return interrupted ? report.interrupted(e) : report.report(e);
}

function install(define) {
	enterCells = modules.install(define);
	Object.defineProperty(globalThis, "_", { value: undefined, writable: true, configurable: true, enumerable: false });
}

// reset forgets what the warming left.
function reset() {
	count = 0;
	last = undefined;
	globalThis._ = undefined;
	report.forgetTexts();
}

module.exports = { run, ended, install, reset };
