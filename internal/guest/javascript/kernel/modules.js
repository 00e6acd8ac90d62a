// import and require: which file or module of Node's a name means, and what is
// in it. Files may be ES modules or CommonJS; where neither their name nor a
// package.json says which, their text does.

const { fail } = load("errors");
const path = load("path");
const absent = load("absent");

// ---- Node's modules ----

const os = () => ({
	EOL: "\n", tmpdir: () => "/tmp", homedir: () => "/workspace", hostname: () => "sandbox", platform: () => "linux", type: () => "Linux", arch: () => "wasm32", release: () => "0",
	version: () => "WebAssembly", machine: () => "wasm32", endianness: () => "LE", availableParallelism: () => 1, uptime: () => load("process").process.uptime(), loadavg: () => [0, 0, 0],
	totalmem: () => host.memory()[1], freemem: () => 0, networkInterfaces: () => ({}), devNull: "/dev/null", constants: { signals: {}, errno: {} },
	cpus: () => [{ model: "WebAssembly", speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }],
	userInfo: () => ({ uid: 1000, gid: 1000, username: "user", homedir: "/workspace", shell: null }),
});

const querystring = () => {
	const escape = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (ch) => ({ "!": "!", "'": "'", "(": "(", ")": ")", "*": "*" })[ch]);
	const unescape = (text) => {
		try {
			return decodeURIComponent(text);
		} catch {
			return text;
		}
	};
	const parse = (text, sep = "&", eq = "=") => {
		const o = Object.create(null);
		for (const part of String(text).split(sep).filter(Boolean)) {
			const at = part.indexOf(eq);
			const plain = (s) => unescape(s.replaceAll("+", " "));
			const key = plain(at === -1 ? part : part.slice(0, at));
			const value = at === -1 ? "" : plain(part.slice(at + eq.length));
			if (key in o) o[key] = [].concat(o[key], value);
			else o[key] = value;
		}
		return o;
	};
	const stringify = (o, sep = "&", eq = "=") =>
		Object.keys(o ?? {}).flatMap((key) => [].concat(o[key]).map((v) => `${escape(key)}${eq}${escape(["string", "number", "bigint", "boolean"].includes(typeof v) ? String(v) : "")}`)).join(sep);
	return { parse, stringify, escape, unescape, decode: parse, encode: stringify };
};

const BUILTIN = {
	assert: () => load("assert"), "assert/strict": () => load("assert").strict, buffer: () => ({ Buffer: load("bytes").Buffer, atob: load("bytes").atob, btoa: load("bytes").btoa, constants: { MAX_LENGTH: 2 ** 31 - 1, MAX_STRING_LENGTH: 2 ** 30 - 1 }, kMaxLength: 2 ** 31 - 1 }),
	console: () => globalThis.console, constants: () => load("fs").constants, crypto: () => load("crypto"), events: () => Object.assign(load("events").EventEmitter, { EventEmitter: load("events").EventEmitter }),
	fs: () => load("fs"), "fs/promises": () => load("fs").promises, module: () => ({ createRequire: (from) => makeRequire(folder(String(from))), builtinModules: Object.keys(BUILTIN), isBuiltin }),
	os, path: () => path, "path/posix": () => path, perf_hooks: () => ({ performance: load("process").performance, PerformanceObserver: class { observe() {} disconnect() {} }, constants: {} }),
	process: () => load("process").process, punycode: () => ({ toASCII: load("url").domainToASCII, toUnicode: (s) => s }), querystring, readline: () => load("readline"), "readline/promises": () => load("readline").promises,
	stream: () => load("streams"), "stream/promises": () => load("streams").promises, string_decoder: () => ({ StringDecoder: load("bytes").StringDecoder }),
	timers: () => ({ ...load("timers") }), "timers/promises": () => load("timers").promises, tty: () => ({ isatty: () => false, ReadStream: class {}, WriteStream: class {} }),
	url: () => load("url"), util: () => load("util"), "util/types": () => load("util").types,
};

const built = new Map();
const bare = (name) => (name.startsWith("node:") ? name.slice(5) : name);
const isBuiltin = (name) => bare(name) in BUILTIN || bare(name) in absent.MODULES;

function builtin(name) {
	name = bare(name);
	if (built.has(name)) return built.get(name);
	if (name in absent.MODULES) absent.refuse(name);
	const value = BUILTIN[name]();
	built.set(name, value);
	return value;
}

// ---- Finding files ----

function kindOf(file) {
	const got = host.stat(file);
	return typeof got === "number" ? undefined : got[0];
}

function folder(file) {
	if (file.startsWith("file://")) file = load("url").fileURLToPath(file);
	if (kindOf(file) === "d") return file;
	return file.startsWith("/") ? path.dirname(file) : load("process").process.cwd();
}

const ENDINGS = [".js", ".mjs", ".cjs", ".json"];

function asFile(file) {
	if (kindOf(file) === "f") return file;
	for (const end of ENDINGS) if (kindOf(file + end) === "f") return file + end;
	if (file.endsWith(".js") && kindOf(`${file.slice(0, -3)}.mjs`) === "f") return `${file.slice(0, -3)}.mjs`;
	return undefined;
}

function readPackage(dir) {
	const file = `${dir}/package.json`;
	if (kindOf(file) !== "f") return undefined;
	try {
		return JSON.parse(load("fs").readFileSync(file, "utf8"));
	} catch (e) {
		throw fail(Error, "ERR_INVALID_PACKAGE_CONFIG", `Invalid package config ${file}. ${e.message}`);
	}
}

function asFolder(dir) {
	if (kindOf(dir) !== "d") return undefined;
	const main = readPackage(dir)?.main;
	if (typeof main === "string") {
		const file = path.join(dir, main);
		const found = asFile(file) ?? asFile(path.join(file, "index"));
		if (found !== undefined) return found;
	}
	return asFile(path.join(dir, "index"));
}

// exported finds what a package's "exports" say for a name within it.
function exported(dir, exports, name, conditions) {
	const pick = (v) => {
		if (typeof v === "string") return v;
		if (Array.isArray(v)) return v.map(pick).find((x) => x !== undefined);
		if (typeof v === "object" && v !== null) {
			for (const key of Object.keys(v)) {
				if (!conditions.includes(key)) continue;
				const found = pick(v[key]);
				if (found !== undefined) return found;
			}
		}
		return undefined;
	};
	const plain = typeof exports === "string" || Array.isArray(exports) || !Object.keys(exports).some((key) => key.startsWith("."));
	const table = plain ? { ".": exports } : exports;
	if (name in table) {
		const found = pick(table[name]);
		return found && path.join(dir, found);
	}
	for (const key of Object.keys(table)) {
		const star = key.indexOf("*");
		if (star === -1 || !name.startsWith(key.slice(0, star)) || !name.endsWith(key.slice(star + 1))) continue;
		const found = pick(table[key]);
		if (found !== undefined) return path.join(dir, found.replaceAll("*", name.slice(star, name.length - (key.length - star - 1))));
	}
	return undefined;
}

function inPackages(from, name, conditions) {
	const parts = name.split("/");
	const owner = name.startsWith("@") ? parts.splice(0, 2).join("/") : parts.shift();
	for (let dir = from; ; dir = path.dirname(dir)) {
		const home = path.join(dir, "node_modules", owner);
		if (kindOf(home) === "d") {
			const exports = readPackage(home)?.exports;
			if (exports != null) return exported(home, exports, parts.length > 0 ? `./${parts.join("/")}` : ".", conditions);
			const file = path.join(home, ...parts);
			return parts.length > 0 ? (asFile(file) ?? asFolder(file)) : asFolder(file);
		}
		if (dir === "/") return undefined;
	}
}

// find returns the file that a name means; it throws when there is none.
function find(from, name, importing, by) {
	if (name.startsWith("file:")) name = load("url").fileURLToPath(name);
	let found;
	const local = /^(\.{0,2}\/|\.{1,2}$)/.test(name);
	if (local) {
		const file = path.resolve(from, name);
		found = name.endsWith("/") ? asFolder(file) : (asFile(file) ?? asFolder(file));
	} else if (/^(https?|data|npm|jsr):/.test(name)) {
		throw fail(Error, "ERR_UNSUPPORTED_ESM_URL_SCHEME", absent.sentence(`import from ${name.split(":")[0]}:`, absent.NO_SOCKETS));
	} else found = inPackages(from, name, importing ? ["node", "import", "default"] : ["node", "require", "default"]);
	if (found !== undefined && kindOf(found) === "f") return found;
	const code = importing ? "ERR_MODULE_NOT_FOUND" : "MODULE_NOT_FOUND";
	let message;
	if (importing) message = local ? `Cannot find module '${path.resolve(from, name)}' imported from ${by}` : `Cannot find package '${name}' imported from ${by}`;
	else message = `Cannot find module '${name}'`;
	if (!local) message += `. ${absent.sentence(name, "it has modules of Node's own, and modules in /workspace")}`;
	else if (!importing && by) message += `\nRequire stack:\n- ${by}`;
	const e = fail(Error, code, message);
	if (!importing) e.requireStack = by ? [by] : [];
	throw e;
}

// ---- What is in a file ----

// words calls f for each word of a text outside of brackets, strings, comments
// and regular expressions, with where it starts.
function words(text, f) {
	let depth = 0;
	let before = ""; // the last token: a word, or one sign
	const templates = [];
	for (let i = 0; i < text.length; i++) {
		const ch = text[i];
		if (ch === " " || ch === "\n" || ch === "\t" || ch === "\r") continue;
		if (ch === "/" && text[i + 1] === "/") {
			const end = text.indexOf("\n", i);
			if (end === -1) return;
			i = end;
			continue;
		}
		if (ch === "/" && text[i + 1] === "*") {
			const end = text.indexOf("*/", i + 2);
			if (end === -1) return;
			i = end + 1;
			continue;
		}
		if (ch === '"' || ch === "'") {
			for (i++; i < text.length && text[i] !== ch && text[i] !== "\n"; i++) if (text[i] === "\\") i++;
			before = "s";
			continue;
		}
		if (ch === "`" || (ch === "}" && templates.length > 0 && templates.at(-1) === depth)) {
			if (ch === "}") {
				templates.pop();
				depth--;
			}
			for (i++; i < text.length && text[i] !== "`"; i++) {
				if (text[i] === "\\") i++;
				else if (text[i] === "$" && text[i + 1] === "{") {
					i++;
					templates.push(++depth);
					break;
				}
			}
			before = "s";
			continue;
		}
		if (ch === "/" && !(/^[\w$)\]]/.test(before) && !/^(return|typeof|case|in|of|delete|void|throw|new|else|do|await|yield)$/.test(before))) {
			const m = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;
			m.lastIndex = i;
			if (m.test(text)) {
				i = m.lastIndex - 1;
				before = "s";
				continue;
			}
		}
		if (/[\w$]/.test(ch) || ch > "\x7f") {
			const m = /[\w$\u0080-\uffff]+/y;
			m.lastIndex = i;
			const word = m.exec(text)[0];
			if (depth === 0 && before !== "." && f(word, i)) return;
			i += word.length - 1;
			before = word;
			continue;
		}
		if (ch === "{" || ch === "(" || ch === "[") depth++;
		if (ch === "}" || ch === ")" || ch === "]") depth--;
		before = ch;
	}
}

// isModule reports whether a text imports or exports on its top level.
function isModule(text) {
	if (!/\b(import|export)\b/.test(text)) return false;
	let found = false;
	words(text, (word, at) => {
		if (word === "import") found = /^import\s*(['"{*]|[\w$]+\s*(,|from\b))|^import\.meta\b/.test(text.slice(at, at + 400));
		else if (word === "export") found = /^export\s*(\{|\*|default\b|const\b|let\b|var\b|function\b|class\b|async\b)/.test(text.slice(at, at + 400));
		return found;
	});
	return found || (/\bimport\.meta\b/.test(text) && !/\brequire\s*\(|\bmodule\.exports\b/.test(text));
}

const IMPORT = /import\s*(?:(['"])([^'"\n]*)\1|([\w$]+)?\s*,?\s*(?:\*\s*as\s+([\w$]+)|\{([^}]*)\})?\s*from\s*(['"])([^'"\n]*)\6)(\s*with\s*\{[^}]*\})?\s*;?/y;

// withoutImports makes "import x from 'y'" of a cell into "const {default: x} =
// await import('y')": a cell is no module, so that its names live on.
function withoutImports(text) {
	const found = [];
	words(text, (word, at) => {
		IMPORT.lastIndex = at;
		const m = word === "import" ? IMPORT.exec(text) : null;
		if (m !== null && (m[2] !== undefined || m[3] || m[4] || m[5] !== undefined)) found.push([at, m]);
	});
	let out = "";
	let end = 0;
	for (const [at, m] of found) {
		const from = `await import(${JSON.stringify(m[2] ?? m[7])})`;
		const names = [];
		if (m[3]) names.push(`default: ${m[3]}`);
		for (const part of (m[5] ?? "").replace(/\/\*[^]*?\*\/|\/\/.*/g, "").split(",")) {
			const [name, as] = part.trim().split(/\s+as\s+/);
			if (name) names.push(as ? `${name}: ${as}` : name);
		}
		let made;
		if (m[2] !== undefined) made = `${from};`;
		else if (m[4]) made = `const ${m[4]} = ${from}${names.length > 0 ? `, { ${names.join(", ")} } = ${m[4]}` : ""};`;
		else made = `const { ${names.join(", ")} } = ${from};`;
		out += text.slice(end, at) + made + "\n".repeat(m[0].split("\n").length - 1);
		end = at + m[0].length;
	}
	return out + text.slice(end);
}

// isESM decides whether a file is an ES module.
function isESM(file, text) {
	if (file.endsWith(".mjs")) return true;
	if (file.endsWith(".cjs") || file.endsWith(".json")) return false;
	for (let dir = path.dirname(file); file.startsWith("/"); dir = path.dirname(dir)) {
		const type = readPackage(dir)?.type;
		if (type !== undefined) return type === "module";
		if (dir === "/" || dir.endsWith("/node_modules") || kindOf(`${dir}/package.json`) === "f") break;
	}
	return isModule(text());
}

// ---- CommonJS ----

const cache = Object.create(null);

class Module {
	constructor(id, filename, parent) {
		this.id = id;
		this.path = path.dirname(filename);
		this.exports = {};
		this.filename = filename;
		this.loaded = false;
		this.children = [];
		this.paths = [];
		Object.defineProperty(this, "parent", { value: parent, enumerable: false, configurable: true, writable: true });
	}
	require(name) {
		return makeRequire(this.path, this)(name);
	}
}

// Every text of code goes through these two, and few have what they look for.
const withoutMark = (text) => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
const withoutShebang = (text) => (text.startsWith("#!") ? `//${text.slice(2)}` : text);

const readText = (file) => withoutMark(load("fs").readFileSync(file, "utf8"));

const PARAMETERS = "(exports, require, module, __filename, __dirname) {";

// compile makes a function of a file. Its stack frames are put right by
// engine.c, which knows the mark and the width of what stands before it.
function compile(text, filename, awaits) {
	const head = `(${awaits ? "async " : ""}function ${PARAMETERS}`.padEnd(host.wrapColumns);
	return host.script(`${head}${withoutShebang(text)}\n})`, `\x01${filename}`);
}

function runCommonJS(module, text, awaits, name = module.filename) {
	const f = compile(text, name, awaits);
	return Reflect.apply(f, module.exports, [module.exports, makeRequire(module.path, module), module, module.filename, module.path]);
}

function requireFile(file, parent) {
	const known = cache[file];
	if (known !== undefined) return known.exports;
	const module = new Module(file, file, parent);
	if (file.endsWith(".json")) {
		try {
			module.exports = JSON.parse(readText(file));
		} catch (e) {
			e.message = `${file}: ${e.message}`;
			throw e;
		}
		cache[file] = module;
		return module.exports;
	}
	let text;
	if (isESM(file, () => (text = readText(file)))) return host.require(file);
	text ??= readText(file);
	cache[file] = module;
	parent?.children.push(module);
	try {
		runCommonJS(module, text, false);
	} catch (e) {
		delete cache[file];
		throw e;
	}
	module.loaded = true;
	return module.exports;
}

let main;

function makeRequire(dir, parent) {
	const by = parent?.filename;
	function require(name) {
		if (typeof name !== "string") throw load("errors").wrongType("id", "of type string", name);
		if (name === "") throw fail(TypeError, "ERR_INVALID_ARG_VALUE", "The argument 'id' must be a non-empty string. Received ''");
		if (isBuiltin(name) && (name.startsWith("node:") || !name.endsWith("/"))) return builtin(name);
		return requireFile(find(dir, name, false, by), parent);
	}
	require.resolve = (name) => (isBuiltin(name) ? name : find(dir, name, false, by));
	require.cache = cache;
	Object.defineProperty(require, "main", { get: () => main, enumerable: true, configurable: true });
	require.extensions = Object.create(null);
	return require;
}

// ---- ES modules: what engine.c asks ----

const objects = new Map(); // what modules export that are made of objects

function resolveImport(base, name) {
	if (isBuiltin(name)) return `node:${bare(name)}`;
	if (base === "") return name;
	return find(folder(base), name, true, base);
}

function loadImport(name) {
	let exports;
	if (name.startsWith("node:")) exports = builtin(name);
	else {
		let text;
		if (isESM(name, () => (text = readText(name)))) return withoutShebang(text ?? readText(name)).replace(/(\bfrom\s*(['"])[^'"\n]+\2)\s*with\s*\{[^}]*\}/g, "$1");
		exports = requireFile(name);
	}
	const values = { default: exports };
	if (exports !== null && (typeof exports === "object" || typeof exports === "function") && !Array.isArray(exports)) {
		for (const key of Object.keys(exports)) if (key !== "default" && /^[A-Za-z_$][\w$]*$/.test(key)) values[key] = exports[key];
		if (exports.__esModule && exports.default !== undefined) values.default = exports;
	}
	objects.set(name, values);
	return Object.keys(values);
}

function fillMeta(meta, name) {
	if (name.startsWith("/")) {
		meta.dirname = path.dirname(name);
		meta.filename = name;
	}
	meta.resolve = (to) => {
		const found = resolveImport(name, to);
		return found.startsWith("node:") ? found : load("url").pathToFileURL(found).href;
	};
	meta.url = name.startsWith("/") ? load("url").pathToFileURL(name).href : `file://${load("process").process.cwd()}/${name}`;
}

// begin forgets files that were loaded, so that a script sees them anew.
function begin(fresh) {
	if (!fresh) host.forgetModules("/");
	for (const file of Object.keys(cache)) delete cache[file];
}

// runMain evaluates a program's main file, and returns a promise of its end
// where there is something to wait for.
function runMain(text, name) {
	const filename = name.startsWith("/") ? name : path.resolve(name);
	main = new Module(".", filename);
	text = withoutShebang(text);
	if (isESM(name, () => text)) {
		main = undefined;
		return host.module(text.replace(/(\bfrom\s*(['"])[^'"\n]+\2)\s*with\s*\{[^}]*\}/g, "$1"), name);
	}
	cache[filename] = main;
	let awaits = false;
	if (/\bawait\b/.test(text)) {
		try {
			compile(text, name, false);
		} catch (e) {
			try {
				compile(text, name, true);
				awaits = true;
			} catch {
				throw e;
			}
		}
	}
	const result = runCommonJS(main, text, awaits, name); // errors name the file as the caller does
	main.loaded = true;
	return awaits ? result : undefined;
}

function install(define) {
	host.hookModules(resolveImport, loadImport, (name) => objects.get(name), fillMeta);
	const module = new Module("<repl>", "/workspace/<cell>");
	module.path = "/workspace";
	Object.defineProperty(module, "filename", { value: null });
	main = module;
	define("require", makeRequire("/workspace", module));
	define("module", module);
	define("exports", module.exports);
	define("__filename", "/workspace/<cell>");
	define("__dirname", "/workspace");
	return () => (main = module);
}

module.exports = { install, begin, runMain, withoutMark, withoutShebang, withoutImports, isModule, words, builtin };
