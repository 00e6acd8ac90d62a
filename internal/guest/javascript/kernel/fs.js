// The module fs, on the sandbox's file system.

const { fail, system, wrongType } = load("errors");
const { Buffer, wrap, encodingOf } = load("bytes");
const { resolve } = load("path");
const { Readable, Writable } = load("streams");

const APPEND = 1, CREATE = 2, EXCLUSIVE = 4, TRUNCATE = 8, READ = 16, WRITE = 32; // of files.c
const FLAGS = {
	r: READ, rs: READ, "r+": READ | WRITE, "rs+": READ | WRITE,
	w: WRITE | CREATE | TRUNCATE, wx: WRITE | CREATE | TRUNCATE | EXCLUSIVE, "w+": READ | WRITE | CREATE | TRUNCATE, "wx+": READ | WRITE | CREATE | TRUNCATE | EXCLUSIVE,
	a: WRITE | CREATE | APPEND, ax: WRITE | CREATE | APPEND | EXCLUSIVE, "a+": READ | WRITE | CREATE | APPEND, "ax+": READ | WRITE | CREATE | APPEND | EXCLUSIVE, as: WRITE | CREATE | APPEND,
};
const constants = { F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4, COPYFILE_EXCL: 1, COPYFILE_FICLONE: 2, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024, S_IFMT: 0o170000, S_IFREG: 0o100000, S_IFDIR: 0o040000 };

function flagsOf(flag) {
	if (typeof flag === "number") {
		const access = [READ, WRITE, READ | WRITE][flag & 3] ?? READ;
		return access | (flag & 64 ? CREATE : 0) | (flag & 128 ? EXCLUSIVE : 0) | (flag & 512 ? TRUNCATE : 0) | (flag & 1024 ? APPEND : 0);
	}
	const known = FLAGS[flag ?? "r"];
	if (known === undefined) throw fail(TypeError, "ERR_INVALID_ARG_VALUE", `The argument 'flags' is invalid. Received '${flag}'`);
	return known;
}

// text returns a path as text, as it was given.
function text(path) {
	if (typeof path === "string") {
		if (path.includes("\0")) throw fail(TypeError, "ERR_INVALID_ARG_VALUE", `The argument 'path' must be a string, Uint8Array, or URL without null bytes. Received ${load("inspect").inspect(path)}`);
		return path;
	}
	if (path instanceof load("url").URL) return load("url").fileURLToPath(path);
	if (path instanceof Uint8Array) return host.decode(path);
	throw wrongType("path", "of type string or an instance of Buffer or URL", path);
}

const options = (o) => (typeof o === "string" ? { encoding: o } : (o ?? {}));

function decoded(bytes, encoding) {
	if (!encoding || encoding === "buffer") return wrap(bytes);
	return encodingOf(encoding) === "utf8" ? host.decode(bytes) : wrap(bytes).toString(encoding);
}

function bytesOf(data, encoding) {
	if (typeof data === "string") return !encoding || encodingOf(encoding) === "utf8" ? data : Buffer.from(data, encoding);
	if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	throw wrongType("data", "of type string or an instance of Buffer, TypedArray, or DataView", data);
}

function must(n, syscall, path, dest) {
	if (typeof n === "number" && n < 0) throw system(n, syscall, path, dest);
	return n;
}

class Stats {
	constructor([kind, size, ino, nlink, atime, mtime, ctime]) {
		this.dev = 1;
		this.mode = kind === "d" ? 0o040755 : kind === "f" ? 0o100644 : 0o020666;
		this.nlink = nlink;
		this.uid = this.gid = 1000;
		this.rdev = 0;
		this.blksize = 4096;
		this.ino = ino;
		this.size = size;
		this.blocks = Math.ceil(size / 512);
		this.atimeMs = atime;
		this.mtimeMs = mtime;
		this.ctimeMs = this.birthtimeMs = ctime;
		this.atime = new Date(atime);
		this.mtime = new Date(mtime);
		this.ctime = this.birthtime = new Date(ctime);
	}
	isFile() { return (this.mode & 0o170000) === 0o100000; }
	isDirectory() { return (this.mode & 0o170000) === 0o040000; }
	isSymbolicLink() { return false; }
	isFIFO() { return false; }
	isSocket() { return false; }
	isBlockDevice() { return false; }
	isCharacterDevice() { return (this.mode & 0o170000) === 0o020000; }
}

class Dirent {
	#kind;
	constructor(name, kind, path) {
		this.name = name;
		this.path = this.parentPath = path;
		this.#kind = kind;
	}
	isFile() { return this.#kind === "f"; }
	isDirectory() { return this.#kind === "d"; }
	isSymbolicLink() { return false; }
	isFIFO() { return false; }
	isSocket() { return false; }
	isBlockDevice() { return false; }
	isCharacterDevice() { return this.#kind === "c"; }
}

function statOf(path) {
	const got = host.stat(resolve(text(path)));
	return typeof got === "number" ? got : new Stats(got);
}

const kindOf = (path) => {
	const got = host.stat(path);
	return typeof got === "number" ? undefined : got[0];
};

const sync = {
	openSync(path, flag, mode) {
		const p = text(path);
		return must(host.open(resolve(p), flagsOf(flag)), "open", p);
	},
	closeSync(fd) {
		must(host.close(fd), "close");
	},
	readSync(fd, buffer, offset, length, position) {
		if (typeof offset === "object" && offset !== null) ({ offset, length, position } = offset);
		offset ??= 0;
		length ??= buffer.byteLength - offset;
		const got = must(host.read(fd, length, typeof position === "bigint" ? Number(position) : (position ?? -1)), "read");
		new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength).set(got, offset);
		return got.length;
	},
	writeSync(fd, data, a, b, c) {
		if (typeof data === "string") return must(host.write(fd, bytesOf(data, b), typeof a === "number" ? a : undefined), "write");
		if (typeof a === "object" && a !== null) ({ offset: a, length: b, position: c } = a);
		const bytes = bytesOf(data);
		const part = bytes.subarray(a ?? 0, (a ?? 0) + (b ?? bytes.length - (a ?? 0)));
		return must(host.write(fd, part, c ?? undefined), "write");
	},
	readFileSync(path, o) {
		const { encoding, flag } = options(o);
		if (path === "/dev/stdin") path = 0;
		if (typeof path === "number") return decoded(must(host.slurp(path, 0), "read"), encoding);
		const p = text(path);
		const fd = must(host.open(resolve(p), flagsOf(flag ?? "r")), "open", p);
		const st = host.stat(fd);
		const bytes = typeof st !== "number" && st[0] === "d" ? -31 : host.slurp(fd, typeof st === "number" ? 0 : st[1]);
		host.close(fd);
		return decoded(must(bytes, "read"), encoding);
	},
	writeFileSync(path, data, o) {
		const { encoding, flag } = options(o);
		if (typeof data !== "string" && !ArrayBuffer.isView(data)) throw wrongType("data", "of type string or an instance of Buffer, TypedArray, or DataView", data);
		const bytes = bytesOf(data, encoding);
		if (path === "/dev/stdout") path = 1;
		if (path === "/dev/stderr") path = 2;
		if (typeof path === "number") return void must(host.write(path, bytes), "write");
		const p = text(path);
		const fd = must(host.open(resolve(p), flagsOf(flag ?? "w")), "open", p);
		const n = host.write(fd, bytes);
		host.close(fd);
		must(n, "write");
	},
	appendFileSync(path, data, o) {
		sync.writeFileSync(path, data, { flag: "a", ...options(o) });
	},
	existsSync(path) {
		try {
			return typeof statOf(path) !== "number";
		} catch {
			return false;
		}
	},
	accessSync(path) {
		must(statOf(path), "access", text(path));
	},
	statSync(path, o) {
		const st = statOf(path);
		if (st === -44 && o?.throwIfNoEntry === false) return undefined;
		return must(st, "stat", text(path));
	},
	lstatSync(path, o) {
		const st = statOf(path);
		if (st === -44 && o?.throwIfNoEntry === false) return undefined;
		return must(st, "lstat", text(path));
	},
	fstatSync(fd) {
		return new Stats(must(host.stat(fd), "fstat"));
	},
	mkdirSync(path, o) {
		const p = text(path);
		const full = resolve(p);
		if (!o?.recursive) return void must(host.mkdir(full), "mkdir", p);
		let first;
		let at = "";
		for (const part of full.split("/").filter(Boolean)) {
			at += `/${part}`;
			const kind = kindOf(at);
			if (kind === "d") continue;
			if (kind !== undefined) throw system(at === full ? 20 : 54, "mkdir", p);
			must(host.mkdir(at), "mkdir", p);
			first ??= at;
		}
		return first;
	},
	mkdtempSync(prefix) {
		for (let i = 0; ; i++) {
			const name = `${text(prefix)}${Array.from(host.random(6), (b) => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"[b % 62]).join("")}`;
			const n = host.mkdir(resolve(name));
			if (n === 0) return name;
			if (n !== -20 || i > 10) throw system(n, "mkdtemp", `${prefix}XXXXXX`);
		}
	},
	readdirSync(path, o) {
		const p = text(path);
		const { withFileTypes, recursive } = options(o);
		const list = [];
		const visit = (folder, prefix) => {
			const got = must(host.list(folder), "scandir", p);
			const here = [];
			for (let i = 0; i < got.length; i += 2) here.push([got[i], got[i + 1]]);
			here.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
			for (const [name, kind] of here) list.push(withFileTypes ? new Dirent(name, kind, prefix ? `${p}/${prefix.slice(0, -1)}` : p) : prefix + name);
			if (recursive) for (const [name, kind] of here) if (kind === "d") visit(`${folder}/${name}`, `${prefix}${name}/`);
		};
		visit(resolve(p), "");
		return list;
	},
	unlinkSync(path) {
		const p = text(path);
		must(host.unlink(resolve(p)), "unlink", p);
	},
	rmdirSync(path, o) {
		const p = text(path);
		if (o?.recursive) return sync.rmSync(path, { recursive: true });
		must(host.rmdir(resolve(p)), "rmdir", p);
	},
	rmSync(path, o = {}) {
		const p = text(path);
		const full = resolve(p);
		const kind = kindOf(full);
		if (kind === undefined) {
			if (o.force) return;
			throw system(44, "lstat", p);
		}
		if (kind !== "d") return void must(host.unlink(full), "rm", p);
		if (!o.recursive) {
			const e = fail(Error, "ERR_FS_EISDIR", `Path is a directory: rm returned EISDIR (is a directory) ${p}`);
			throw e;
		}
		const empty = (folder) => {
			const got = must(host.list(folder), "rm", p);
			for (let i = 0; i < got.length; i += 2) {
				const each = `${folder}/${got[i]}`;
				if (got[i + 1] === "d") empty(each);
				else must(host.unlink(each), "rm", p);
			}
			must(host.rmdir(folder), "rm", p);
		};
		empty(full);
	},
	renameSync(from, to) {
		must(host.rename(resolve(text(from)), resolve(text(to))), "rename", text(from), text(to));
	},
	copyFileSync(from, to, mode = 0) {
		const [p, q] = [text(from), text(to)];
		const fd = must(host.open(resolve(p), READ), "copyfile", p, q);
		const bytes = kindOf(resolve(p)) === "d" ? -31 : host.slurp(fd, 0);
		host.close(fd);
		must(bytes, "copyfile", p, q);
		const out = must(host.open(resolve(q), WRITE | CREATE | TRUNCATE | (mode & 1 ? EXCLUSIVE : 0)), "copyfile", p, q);
		const n = host.write(out, bytes);
		host.close(out);
		must(n, "copyfile", p, q);
	},
	cpSync(from, to, o = {}) {
		const [p, q] = [text(from), text(to)];
		const kind = kindOf(resolve(p));
		if (kind === undefined) throw system(44, "cp", p);
		if (kind !== "d") {
			sync.mkdirSync(load("path").dirname(q), { recursive: true });
			return sync.copyFileSync(p, q);
		}
		if (!o.recursive) throw fail(Error, "ERR_FS_EISDIR", `Recursive option not enabled, cannot copy a directory: cp returned EISDIR (${p} is a directory (not copied)) ${p}`);
		sync.mkdirSync(q, { recursive: true });
		for (const name of sync.readdirSync(p)) sync.cpSync(`${p}/${name}`, `${q}/${name}`, o);
	},
	truncateSync(path, n = 0) {
		const fd = sync.openSync(path, "r+");
		const r = host.truncate(fd, n);
		host.close(fd);
		must(r, "truncate", text(path));
	},
	ftruncateSync(fd, n = 0) {
		must(host.truncate(fd, n), "ftruncate");
	},
	utimesSync(path, a, m) {
		const s = (t) => (typeof t === "object" ? t.getTime() / 1000 : Number(t));
		must(host.utimes(resolve(text(path)), s(a), s(m)), "utime", text(path));
	},
	realpathSync(path) {
		must(statOf(path), "lstat", text(path));
		return resolve(text(path));
	},
	fsyncSync() {},
	fdatasyncSync() {},
	chmodSync(path) {
		must(statOf(path), "chmod", text(path));
	},
	chownSync(path) {
		must(statOf(path), "chown", text(path));
	},
	symlinkSync(target, path) {
		throw system(63, "symlink", text(target), text(path));
	},
	linkSync(from, to) {
		throw system(63, "link", text(from), text(to));
	},
	readlinkSync(path) {
		must(statOf(path), "readlink", text(path));
		throw system(28, "readlink", text(path));
	},
	opendirSync(path) {
		const list = sync.readdirSync(path, { withFileTypes: true });
		return {
			path,
			readSync: () => list.shift() ?? null,
			read: async () => list.shift() ?? null,
			closeSync() {},
			close: async () => {},
			async *[Symbol.asyncIterator]() {
				yield* list;
			},
		};
	},
};

class FileHandle {
	constructor(fd) {
		this.fd = fd;
	}
	async read(buffer, offset, length, position) {
		if (!ArrayBuffer.isView(buffer)) ({ buffer = Buffer.alloc(16384), offset, length, position } = buffer ?? {});
		return { bytesRead: sync.readSync(this.fd, buffer, offset, length, position), buffer };
	}
	async write(data, ...rest) {
		return { bytesWritten: sync.writeSync(this.fd, data, ...rest), buffer: data };
	}
	async readFile(o) {
		return sync.readFileSync(this.fd, o);
	}
	async writeFile(data, o) {
		sync.writeFileSync(this.fd, data, o);
	}
	async appendFile(data, o) {
		sync.writeFileSync(this.fd, data, o);
	}
	async stat() {
		return sync.fstatSync(this.fd);
	}
	async truncate(n) {
		sync.ftruncateSync(this.fd, n);
	}
	async sync() {}
	async datasync() {}
	async close() {
		if (this.fd >= 0) sync.closeSync(this.fd);
		this.fd = -1;
	}
	async *readLines() {
		const text = sync.readFileSync(this.fd, "utf8");
		yield* text.replace(/\r?\n$/, "").split(/\r?\n/);
	}
	async [Symbol.asyncDispose ?? Symbol("asyncDispose")]() {
		await this.close();
	}
}

// later does something at once, and says so as slowly as a disk would.
function later(f) {
	return new Promise((resolve, reject) => {
		const { setImmediate } = load("timers");
		try {
			const value = f();
			setImmediate(() => resolve(value));
		} catch (e) {
			setImmediate(() => reject(e));
		}
	});
}

const promises = { constants };
const callbacks = {};
const WITHOUT_ERROR = new Set(["exists"]);
for (const name of Object.keys(sync)) {
	const short = name.slice(0, -4);
	if (!["close", "read", "write", "fstat", "exists", "ftruncate", "fsync", "fdatasync"].includes(short)) promises[short] = { [short](...args) { return later(() => sync[name](...args)); } }[short];
	callbacks[short] = {
		[short](...args) {
			const done = args.pop();
			if (typeof done !== "function") throw wrongType("cb", "of type function", done);
			let error = null;
			let value;
			try {
				value = sync[name](...args);
			} catch (e) {
				if (e instanceof TypeError) throw e;
				error = e;
			}
			const args2 = WITHOUT_ERROR.has(short) ? [value] : error ? [error] : short === "read" || short === "write" ? [null, value, args[1]] : value === undefined ? [null] : [null, value];
			load("timers").setImmediate(done, ...args2);
		},
	}[short];
}
promises.open = async (path, flag, mode) => new FileHandle(sync.openSync(path, flag, mode));
const readFile = promises.readFile;
promises.readFile = { async readFile(path, o) { return path instanceof FileHandle ? path.readFile(o) : readFile(path, o); } }.readFile;

class ReadStream extends Readable {
	constructor(path, o) {
		const { encoding, start = 0, end = Infinity, flags = "r", fd, highWaterMark = 65536 } = options(o);
		super({ encoding });
		this.path = path;
		this.bytesRead = 0;
		let at = start;
		let file = fd;
		this._read = () => {
			try {
				if (file === undefined) {
					file = sync.openSync(path, flags);
					this.emit("open", file);
					this.emit("ready");
				}
				const bytes = must(host.read(file, Math.min(highWaterMark, end - at + 1), at), "read");
				at += bytes.length;
				this.bytesRead += bytes.length;
				if (bytes.length === 0) {
					host.close(file);
					this.push(null);
				} else this.push(wrap(bytes));
			} catch (e) {
				this.destroy(e);
			}
		};
	}
	close(done) {
		this.destroy();
		if (done) load("timers").nextTick(done);
	}
}

class WriteStream extends Writable {
	constructor(path, o) {
		const { flags = "w", encoding, fd } = options(o);
		super({});
		this.path = path;
		this.bytesWritten = 0;
		this.fd = fd ?? null;
		load("timers").nextTick(() => {
			try {
				if (this.fd === null) this.fd = sync.openSync(path, flags);
				this.emit("open", this.fd);
				this.emit("ready");
			} catch (e) {
				this.destroy(e);
			}
		});
	}
	_write(chunk, encoding, done) {
		try {
			if (this.fd === null) this.fd = sync.openSync(this.path, "w");
			this.bytesWritten += sync.writeSync(this.fd, chunk);
			done();
		} catch (e) {
			done(e);
		}
	}
	_final(done) {
		if (this.fd !== null) host.close(this.fd);
		done();
	}
	close(done) {
		this.end(done);
	}
}

const noWatch = () => {
	throw new Error(load("absent").sentence("fs.watch", "its file system tells nobody of changes"));
};

module.exports = {
	...callbacks, ...sync, promises, constants, Stats, Dirent, ReadStream, WriteStream, FileHandle, ...constants,
	createReadStream: (path, o) => new ReadStream(path, o),
	createWriteStream: (path, o) => new WriteStream(path, o),
	watch: noWatch, watchFile: noWatch, unwatchFile() {},
};
