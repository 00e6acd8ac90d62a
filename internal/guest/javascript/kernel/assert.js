// The module assert.

const { inspect } = load("inspect");
const { equal } = load("util");
const { wrongType } = load("errors");

class AssertionError extends Error {
	constructor({ message, actual, expected, operator, generated = message === undefined }) {
		super(message ?? text(operator, actual, expected));
		this.name = "AssertionError";
		const stack = String(this.stack).replace(/^(Assertion)?Error/, "AssertionError [ERR_ASSERTION]");
		Object.defineProperty(this, "stack", { value: stack, writable: true, configurable: true });
		Object.defineProperty(this, "name", { value: "AssertionError", enumerable: false, writable: true, configurable: true });
		this.generatedMessage = generated;
		this.code = "ERR_ASSERTION";
		this.actual = actual;
		this.expected = expected;
		this.operator = operator;
	}
}

const shown = (v) => inspect(v, { compact: false, sorted: true, depth: 1000, maxArrayLength: Infinity, showHidden: false });

const WORDS = {
	deepStrictEqual: "Expected values to be strictly deep-equal:", strictEqual: "Expected values to be strictly equal:",
	deepEqual: "Expected values to be loosely deep-equal:", notDeepStrictEqual: 'Expected "actual" not to be strictly deep-equal to:',
	notStrictEqual: 'Expected "actual" to be strictly unequal to:', notDeepEqual: 'Expected "actual" not to be loosely deep-equal to:',
};

function text(operator, actual, expected) {
	if (operator === "==" || operator === "!=") return `${inspect(actual)} ${operator} ${inspect(expected)}`;
	const a = shown(actual);
	const b = shown(expected);
	if (operator.startsWith("not")) return `${WORDS[operator]}${a.includes("\n") ? `\n\n${a}\n` : ` ${a}`}`;
	if (operator === "deepEqual") return `${WORDS[operator]}\n\n${a}\n\nshould loosely deep-equal\n\n${b}`;
	const simple = (v) => (typeof v !== "object" || v === null) && typeof v !== "function";
	if (operator === "strictEqual" && simple(actual) && simple(expected) && a.length + b.length < 60 && !a.includes("\n") && !b.includes("\n")) return `${WORDS[operator]}\n\n${a} !== ${b}\n`;
	return `${WORDS[operator]}\n+ actual - expected\n\n${difference(a.split("\n"), b.split("\n")).join("\n")}`;
}

// difference lists two texts line by line, what is in one only marked.
function difference(a, b) {
	const n = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
	for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) n[i][j] = a[i] === b[j] ? n[i + 1][j + 1] + 1 : Math.max(n[i + 1][j], n[i][j + 1]);
	const out = [];
	for (let i = 0, j = 0; i < a.length || j < b.length; ) {
		if (i < a.length && j < b.length && a[i] === b[j]) {
			out.push(`  ${a[i]}`);
			i++;
			j++;
		} else if (i < a.length && (j >= b.length || n[i + 1][j] >= n[i][j + 1])) out.push(`+ ${a[i++]}`);
		else out.push(`- ${b[j++]}`);
	}
	return out;
}

function stop(message, details) {
	if (message instanceof Error) throw message;
	throw new AssertionError({ message, ...details });
}

// falsy quotes the call that failed from the source.
function falsy() {
	const words = "The expression evaluated to a falsy value";
	const frame = /^ {4}at (?:.*? \()?([^\n]*?):(\d+):(\d+)\)?$/m.exec(new Error().stack);
	const text = frame && load("report").textOf(frame[1]);
	if (!text) return words;
	const rest = text.split("\n").slice(frame[2] - 1).join("\n");
	const start = /[\w.$]*$/.exec(rest.slice(0, frame[3] - 1))[0];
	const code = start + rest.slice(frame[3] - 1);
	let depth = 0;
	for (let i = 0; i < code.length && i < 1000; i++) {
		if (code[i] === "(") depth++;
		if (code[i] === ")" && --depth === 0) return `${words}:\n\n  ${code.slice(0, i + 1)}\n`;
	}
	return words;
}

function ok(value, message) {
	if (value) return;
	stop(message ?? (arguments.length === 0 ? "No value argument passed to `assert.ok()`" : falsy()), { actual: value, expected: true, operator: "==", generated: message === undefined });
}

function assert(value, message) {
	if (!value) Reflect.apply(ok, undefined, arguments);
}

// matches checks an error against what assert.throws expects.
function matches(e, expected, message) {
	if (expected === undefined) return;
	if (typeof expected === "function") {
		if (expected.prototype !== undefined && e instanceof expected) return;
		if (Error.isPrototypeOf(expected)) throw e;
		if (expected.call({}, e) === true) return;
		stop(message ?? "The function did not return \"true\"", { actual: e, expected, operator: "throws" });
	}
	if (expected instanceof RegExp) {
		if (expected.test(String(e))) return;
		stop(message ?? `The input did not match the regular expression ${inspect(expected)}. Input:\n\n${inspect(String(e))}\n`, { actual: e, expected, operator: "throws" });
	}
	for (const key of [...Object.keys(expected), ...(expected instanceof Error ? ["name", "message"] : [])]) {
		if (expected[key] instanceof RegExp && typeof e[key] === "string" ? expected[key].test(e[key]) : equal(e[key], expected[key], true)) continue;
		stop(message ?? `Expected values to be strictly deep-equal:\n+ actual - expected\n\n${difference(shown({ [key]: e[key] }).split("\n"), shown({ [key]: expected[key] }).split("\n")).join("\n")}`, { actual: e, expected, operator: "throws" });
	}
}

const compare = (operator, same) =>
	({
		[operator](actual, expected, message) {
			if (!same(actual, expected)) stop(message, { actual, expected, operator: operator === "equal" ? "==" : operator === "notEqual" ? "!=" : operator });
		},
	})[operator];

const methods = {
	ok,
	equal: compare("equal", (a, b) => a == b || (a !== a && b !== b)),
	notEqual: compare("notEqual", (a, b) => !(a == b || (a !== a && b !== b))),
	strictEqual: compare("strictEqual", Object.is),
	notStrictEqual: compare("notStrictEqual", (a, b) => !Object.is(a, b)),
	deepEqual: compare("deepEqual", (a, b) => equal(a, b, false)),
	notDeepEqual: compare("notDeepEqual", (a, b) => !equal(a, b, false)),
	deepStrictEqual: compare("deepStrictEqual", (a, b) => equal(a, b, true)),
	notDeepStrictEqual: compare("notDeepStrictEqual", (a, b) => !equal(a, b, true)),
	fail(message = "Failed") {
		stop(message, { operator: "fail" });
	},
	ifError(e) {
		if (e !== null && e !== undefined) throw e;
	},
	throws(f, expected, message) {
		if (typeof f !== "function") throw wrongType("fn", "of type function", f);
		if (typeof expected === "string") [message, expected] = [expected, undefined];
		let error;
		let thrown = false;
		try {
			f();
		} catch (e) {
			error = e;
			thrown = true;
		}
		if (!thrown) stop(message === undefined ? `Missing expected exception${expected?.name ? ` (${expected.name})` : ""}.` : `Missing expected exception: ${message}`, { operator: "throws" });
		matches(error, expected, message);
	},
	doesNotThrow(f, message) {
		try {
			f();
		} catch (e) {
			stop(`Got unwanted exception${typeof message === "string" ? `: ${message}` : "."}\nActual message: "${e?.message}"`, { actual: e, operator: "doesNotThrow" });
		}
	},
	async rejects(p, expected, message) {
		let error;
		let thrown = false;
		try {
			await (typeof p === "function" ? p() : p);
		} catch (e) {
			error = e;
			thrown = true;
		}
		if (!thrown) stop(message ?? `Missing expected rejection${expected?.name ? ` (${expected.name})` : ""}.`, { operator: "rejects" });
		matches(error, expected, message);
	},
	async doesNotReject(p, message) {
		try {
			await (typeof p === "function" ? p() : p);
		} catch (e) {
			stop(`Got unwanted rejection.\nActual message: "${e?.message}"`, { actual: e, operator: "doesNotReject" });
		}
	},
	match(value, pattern, message) {
		if (typeof value !== "string" || !pattern.test(value)) stop(message ?? `The input did not match the regular expression ${inspect(pattern)}. Input:\n\n${inspect(value)}\n`, { actual: value, expected: pattern, operator: "match" });
	},
	doesNotMatch(value, pattern, message) {
		if (pattern.test(value)) stop(message ?? `The input was expected to not match the regular expression ${inspect(pattern)}. Input:\n\n${inspect(value)}\n`, { actual: value, expected: pattern, operator: "doesNotMatch" });
	},
};
Object.assign(assert, methods, { AssertionError });
function strict(value, message) {
	if (!value) Reflect.apply(ok, undefined, arguments);
}
assert.strict = Object.assign(strict, methods, { AssertionError, equal: methods.strictEqual, notEqual: methods.notStrictEqual, deepEqual: methods.deepStrictEqual, notDeepEqual: methods.notDeepStrictEqual });
strict.strict = strict;
module.exports = assert;
