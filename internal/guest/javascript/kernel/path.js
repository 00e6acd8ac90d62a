// The module path, for POSIX paths; there are no others here.

const { wrongType } = load("errors");

function check(path, name = "path") {
	if (typeof path !== "string") throw wrongType(name, "of type string", path);
}

// tidy resolves "." and ".." within a path's segments.
function tidy(path, absolute) {
	const out = [];
	for (const part of path.split("/")) {
		if (part === "" || part === ".") continue;
		if (part !== "..") out.push(part);
		else if (out.length > 0 && out.at(-1) !== "..") out.pop();
		else if (!absolute) out.push("..");
	}
	return out.join("/");
}

function resolve(...parts) {
	let path = "";
	for (let i = parts.length - 1; i >= 0 && !path.startsWith("/"); i--) {
		check(parts[i]);
		if (parts[i] !== "") path = path === "" ? parts[i] : `${parts[i]}/${path}`;
	}
	if (!path.startsWith("/")) path = `${load("process").process.cwd()}/${path}`;
	return `/${tidy(path, true)}`;
}

function normalize(path) {
	check(path);
	if (path === "") return ".";
	const absolute = path.startsWith("/");
	let text = tidy(path, absolute);
	if (text === "" && !absolute) text = ".";
	if (text !== "" && path.endsWith("/")) text += "/";
	return absolute ? `/${text}` : text;
}

function join(...parts) {
	parts.forEach((part) => check(part));
	const path = parts.filter((part) => part !== "").join("/");
	return path === "" ? "." : normalize(path);
}

function dirname(path) {
	check(path);
	const text = path.replace(/\/+$/, "");
	if (text === "") return path.startsWith("/") ? "/" : ".";
	const at = text.lastIndexOf("/");
	if (at === -1) return ".";
	return text.slice(0, at).replace(/\/+$/, "") || "/";
}

function basename(path, suffix = "") {
	check(path);
	const text = path.replace(/\/+$/, "");
	const base = text.slice(text.lastIndexOf("/") + 1);
	return suffix !== "" && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
}

function extname(path) {
	const base = basename(path);
	const at = base.lastIndexOf(".");
	return at <= 0 || /^\.+$/.test(base.slice(0, at + 1)) && base.slice(0, at + 1) === ".." && base.length === 2 ? "" : base.slice(at);
}

function relative(from, to) {
	check(from, "from");
	check(to, "to");
	const a = resolve(from).split("/").filter(Boolean);
	const b = resolve(to).split("/").filter(Boolean);
	let same = 0;
	while (same < a.length && same < b.length && a[same] === b[same]) same++;
	return [...a.slice(same).map(() => ".."), ...b.slice(same)].join("/");
}

function parse(path) {
	check(path);
	const root = path.startsWith("/") ? "/" : "";
	const base = basename(path);
	const ext = extname(path);
	const dir = base === path || base === "" ? root : dirname(path);
	return { root, dir: dir === "." && !path.startsWith(".") ? "" : dir, base, ext, name: ext ? base.slice(0, -ext.length) : base };
}

function format(o) {
	const dir = o.dir || o.root;
	const ext = o.ext && !o.ext.startsWith(".") ? `.${o.ext}` : (o.ext ?? "");
	const base = o.base || `${o.name ?? ""}${ext}`;
	if (!dir) return base;
	return dir === o.root ? `${dir}${base}` : `${dir}/${base}`;
}

const path = {
	resolve, normalize, join, dirname, basename, extname, relative, parse, format,
	isAbsolute(p) {
		check(p);
		return p.startsWith("/");
	},
	toNamespacedPath: (p) => p,
	sep: "/",
	delimiter: ":",
};
path.posix = path;
module.exports = path;
