// Errors as Node's modules throw them: with a code, and for the file system
// with errno, syscall and path.

// What WASI's numbers mean: [code, text, Linux's number].
const SYSTEM = {
	2: ["EACCES", "permission denied", 13], 6: ["EAGAIN", "resource temporarily unavailable", 11],
	8: ["EBADF", "bad file descriptor", 9], 10: ["EBUSY", "resource busy or locked", 16],
	19: ["EDQUOT", "disk quota exceeded", 122], 20: ["EEXIST", "file already exists", 17],
	22: ["EFBIG", "file too large", 27], 27: ["EINTR", "interrupted system call", 4],
	28: ["EINVAL", "invalid argument", 22], 29: ["EIO", "i/o error", 5],
	31: ["EISDIR", "illegal operation on a directory", 21], 32: ["ELOOP", "too many symbolic links encountered", 40],
	33: ["EMFILE", "too many open files", 24], 37: ["ENAMETOOLONG", "name too long", 36],
	44: ["ENOENT", "no such file or directory", 2], 48: ["ENOMEM", "not enough memory", 12],
	51: ["ENOSPC", "no space left on device", 28], 52: ["ENOSYS", "function not implemented", 38],
	54: ["ENOTDIR", "not a directory", 20], 55: ["ENOTEMPTY", "directory not empty", 39],
	58: ["ENOTSUP", "operation not supported on socket", 95], 63: ["EPERM", "operation not permitted", 1],
	64: ["EPIPE", "broken pipe", 32], 69: ["EROFS", "read-only file system", 30],
	75: ["EXDEV", "cross-device link not permitted", 18], 76: ["ENOTCAPABLE", "not permitted in this sandbox", 1],
};

// fail returns an Error with a code, as in "TypeError [ERR_X]: message".
function fail(Kind, code, message) {
	const e = new Kind(message);
	Object.defineProperty(e, "code", { value: code, enumerable: true, writable: true, configurable: true });
	if (typeof e.stack === "string") {
		const stack = e.stack.replace(e.name, `${e.name} [${code}]`);
		Object.defineProperty(e, "stack", { value: stack, writable: true, configurable: true });
	}
	return e;
}

// system returns the error of a failed call: n is WASI's number, or minus it.
function system(n, syscall, path, dest) {
	const [code, text, errno] = SYSTEM[n < 0 ? -n : n] ?? ["EIO", `error ${n}`, 5];
	let message = `${code}: ${text}, ${syscall}`;
	if (path !== undefined) message += ` '${path}'`;
	if (dest !== undefined) message += ` -> '${dest}'`;
	const e = new Error(message);
	e.errno = -errno;
	e.code = code;
	e.syscall = syscall;
	if (path !== undefined) e.path = path;
	if (dest !== undefined) e.dest = dest;
	return e;
}

// wrongType says that an argument is not of the type it should be.
function wrongType(name, expected, value) {
	const { inspect } = load("inspect");
	let got;
	if (value == null) got = `Received ${value}`;
	else if (typeof value === "function") got = `Received function ${value.name}`;
	else if (typeof value === "object")
		got = value.constructor?.name ? `Received an instance of ${value.constructor.name}` : `Received ${inspect(value, { depth: -1 })}`;
	else {
		let text = inspect(value);
		if (text.length > 28) text = text.slice(0, 25) + "...";
		got = `Received type ${typeof value} (${text})`;
	}
	const what = name.includes(" ") ? name : `"${name}" argument`;
	return fail(TypeError, "ERR_INVALID_ARG_TYPE", `The ${what} must be ${expected}. ${got}`);
}

module.exports = { fail, system, wrongType, SYSTEM };
