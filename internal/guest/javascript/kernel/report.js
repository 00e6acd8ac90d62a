// What the user sees when code fails: on standard error the line, the place
// and the stack, as Node prints them; and the same as data for programs, as
// the operation "error".

const { inspect } = load("inspect");
const { process } = load("process");
const timers = load("timers");

// What an exception as data has at most; standard error has all of it.
const MOST_MESSAGE = 16 << 10; // characters
const MOST_LINES = 200;
const MOST_LINE = 1000;

const MOST_TEXTS = 1 << 20; // characters of cells that are kept to quote from

// ENDED is thrown through the kernel when an execution is over because of an
// error that has been reported.
const ENDED = { ended: true };

const { InternalError } = globalThis;
const texts = new Map(); // of cells and main files, by name
let kept = 0;

function remember(name, text) {
	kept += text.length - (texts.get(name)?.length ?? 0);
	texts.delete(name);
	texts.set(name, text);
	if (kept <= MOST_TEXTS) return;
	for (const old of texts.keys()) {
		if (kept <= MOST_TEXTS || old === name) break;
		kept -= texts.get(old).length;
		texts.delete(old);
	}
}

function forgetTexts() {
	texts.clear();
	kept = 0;
}

function textOf(name) {
	if (texts.has(name)) return texts.get(name);
	if (!name.startsWith("/")) return undefined;
	const fd = host.open(name, 16);
	if (fd < 0) return undefined;
	const bytes = host.slurp(fd, 0);
	host.close(fd);
	return typeof bytes === "number" ? undefined : host.decode(bytes);
}

// quotation returns the line that an error came from with a caret under it.
function quotation(stack) {
	const frame = /^ {4}at (?:.*? \()?(\/[^\n]*?|<[^\n]*?>|[^\s():]+):(\d+):(\d+)\)?$/m.exec(stack);
	if (frame === null) return "";
	const [, name, line, column] = frame;
	const text = textOf(name)?.split("\n")[line - 1];
	if (text === undefined) return `${name}:${line}\n`;
	if (text.length > 500) return `${name}:${line}\n\n`;
	const space = text.slice(0, column - 1).replace(/[^\t]/g, " ");
	return `${name}:${line}\n${text}\n${space}^\n\n`;
}

function isError(e) {
	return typeof e === "object" && e !== null && host.class(e) === "Error";
}

// described returns an error as it is printed.
function described(e) {
	try {
		if (!isError(e)) return `Uncaught ${inspect(e)}\n`;
		const stack = typeof e.stack === "string" ? e.stack : "";
		return `${quotation(stack)}${inspect(e)}\n`;
	} catch (again) {
		return `Uncaught exception, and its text cannot be had: ${again}\n`;
	}
}

function nameOf(e) {
	if (!isError(e)) return "Uncaught";
	try {
		const made = e.constructor?.name;
		return String(e.name === "Error" && made ? made : e.name);
	} catch {
		return "Error";
	}
}

function messageOf(e) {
	try {
		return isError(e) ? String(e.message) : inspect(e);
	} catch {
		return "<the message cannot be had>";
	}
}

function send(name, message, text) {
	let lines = text.replace(/\n$/, "").split("\n").map((line) => line.slice(0, MOST_LINE));
	if (lines.length > MOST_LINES) lines = [...lines.slice(0, MOST_LINES / 2), "...", ...lines.slice(-MOST_LINES / 2)];
	host.ask("error", JSON.stringify({ name: name.slice(0, 200), message: message.slice(0, MOST_MESSAGE), traceback: lines }).toWellFormed());
}

// report tells of an error that nobody caught, and returns the exit code.
function report(e) {
	if (host.ranOut()) {
		host.releaseReserve();
		host.gc();
		// Without any memory the engine throws null, or an error without words.
		if (e === null || (isError(e) && e.name === "InternalError" && !e.message)) e = new InternalError("out of memory");
	}
	const text = described(e);
	host.write(2, text);
	send(nameOf(e), messageOf(e), text);
	return 1;
}

// interrupted tells that the execution was interrupted, and where.
function interrupted(e) {
	const frames = isError(e) && typeof e.stack === "string" ? e.stack.split("\n").slice(1) : [];
	const text = `${quotation(frames.join("\n"))}InterruptedError: interrupted\n${frames.map((line) => `${line}\n`).join("")}`;
	host.write(2, text);
	send("InterruptedError", "interrupted", text);
	return 130;
}

// ---- What nobody caught ----

function uncaught(e, origin = "uncaughtException") {
	if (e === ENDED) throw e;
	if (process.listenerCount("uncaughtException") > 0) {
		try {
			process.emit("uncaughtException", e, origin);
			return;
		} catch (again) {
			if (again === ENDED) throw again;
			e = again;
		}
	}
	process.exitCode = report(e);
	throw ENDED;
}

const rejections = new Map();

function onRejection(promise, reason, handled) {
	if (handled) rejections.delete(promise);
	else rejections.set(promise, reason);
}

function checkRejections() {
	while (rejections.size > 0) {
		const [[promise, reason]] = rejections;
		rejections.delete(promise);
		if (reason === ENDED) throw ENDED;
		if (process.listenerCount("unhandledRejection") > 0) {
			timers.guard(() => process.emit("unhandledRejection", reason, promise));
			continue;
		}
		if (isError(reason)) uncaught(reason, "unhandledRejection");
		else {
			const e = new Error(
				`This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise which was not handled with .catch(). The promise rejected with the reason "${typeof reason === "string" ? reason : inspect(reason)}".`,
			);
			e.name = "UnhandledPromiseRejection";
			e.code = "ERR_UNHANDLED_REJECTION";
			Object.defineProperty(e, "stack", { value: `UnhandledPromiseRejection: ${e.message}`, configurable: true, writable: true });
			Object.defineProperty(e, "name", { enumerable: false });
			uncaught(e, "unhandledRejection");
		}
	}
}

// take removes a promise from those whose rejection nobody handled.
function take(promise) {
	rejections.delete(promise);
}

function install() {
	host.hookRejections(onRejection);
	timers.hooks(uncaught, checkRejections);
}

module.exports = { textOf, ENDED, report, interrupted, uncaught, install, take, remember, forgetTexts, begin: () => rejections.clear() };
