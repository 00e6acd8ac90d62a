// URL and URLSearchParams.

const { fail } = load("errors");

const SPECIAL = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21", "file:": "" };

// escaped percent-encodes what matches, as UTF-8.
function escaped(text, which) {
	return text.replace(which, (ch) => Array.from(host.encode(ch), (b) => `%${b.toString(16).toUpperCase().padStart(2, "0")}`).join(""));
}

const IN_PATH = /[\x00-\x20"#<>?`{}\x7f]|[^\x00-\x7f]+/g;
const IN_QUERY = /[\x00-\x20"#<>\x7f]|[^\x00-\x7f]+/g;
const IN_SPECIAL_QUERY = /[\x00-\x20"#'<>\x7f]|[^\x00-\x7f]+/g;
const IN_HASH = /[\x00-\x20"<>`\x7f]|[^\x00-\x7f]+/g;
const IN_USER = /[\x00-\x20"#/:;<=>?@[\\\]^`{|}\x7f]|[^\x00-\x7f]+/g;

function unescaped(text) {
	if (!text.includes("%")) return text;
	const bytes = [];
	for (let i = 0; i < text.length; ) {
		if (text[i] === "%" && /^[0-9a-fA-F]{2}$/.test(text.slice(i + 1, i + 3))) {
			bytes.push(parseInt(text.slice(i + 1, i + 3), 16));
			i += 3;
		} else {
			const ch = String.fromCodePoint(text.codePointAt(i));
			bytes.push(...host.encode(ch));
			i += ch.length;
		}
	}
	return host.decode(new Uint8Array(bytes));
}

function hostOf(name, special) {
	if (name.startsWith("[")) {
		if (!/^\[[0-9a-fA-F:.]+\]$/.test(name)) return undefined;
		return name.toLowerCase();
	}
	if (!special) return /[\x00\t\n\r #/:<>?@[\\\]^|]/.test(name) ? undefined : escaped(name, /[^\x20-\x7e]/g);
	let text = unescaped(name).toLowerCase();
	if (text === "" || /[\x00-\x20#%/:<>?@[\\\]^|\x7f]/.test(text)) return undefined;
	if (/^\d+(\.\d+){3}$/.test(text)) {
		if (text.split(".").some((n) => Number(n) > 255)) return undefined;
		text = text.split(".").map(Number).join(".");
	}
	return /[^\x00-\x7f]/.test(text) ? text.split(".").map(punycode).join(".") : text;
}

// punycode writes a label of a host name in ASCII.
function punycode(label) {
	const points = Array.from(label.normalize("NFC"), (ch) => ch.codePointAt(0));
	if (points.every((p) => p < 128)) return label;
	let out = points.filter((p) => p < 128).map((p) => String.fromCharCode(p)).join("");
	const basic = out.length;
	let done = basic;
	if (basic > 0) out += "-";
	let n = 128;
	let delta = 0;
	let bias = 72;
	const digit = (d) => String.fromCharCode(d < 26 ? d + 97 : d + 22);
	while (done < points.length) {
		const next = Math.min(...points.filter((p) => p >= n));
		delta += (next - n) * (done + 1);
		n = next;
		for (const p of points) {
			if (p < n) delta++;
			if (p !== n) continue;
			let q = delta;
			for (let k = 36; ; k += 36) {
				const t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
				if (q < t) break;
				out += digit(t + ((q - t) % (36 - t)));
				q = Math.floor((q - t) / (36 - t));
			}
			out += digit(q);
			delta = done === basic ? Math.floor(delta / 700) : delta >> 1;
			delta += Math.floor(delta / (done + 1));
			let k = 0;
			for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
			bias = k + Math.floor((36 * delta) / (delta + 38));
			delta = 0;
			done++;
		}
		delta++;
		n++;
	}
	return `xn--${out}`;
}

function tidyPath(path, special) {
	const out = [];
	const parts = (special ? path.replaceAll("\\", "/") : path).split("/");
	parts.shift();
	parts.forEach((part, i) => {
		const last = i === parts.length - 1;
		const plain = part.toLowerCase().replaceAll("%2e", ".");
		if (plain === "..") {
			out.pop();
			if (last) out.push("");
		} else if (plain === ".") {
			if (last) out.push("");
		} else out.push(part);
	});
	return `/${out.join("/")}`;
}

// parse returns the parts of a URL, or undefined when it is none.
function parse(text, base) {
	text = text.replace(/^[\x00-\x20]+|[\x00-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
	const u = { protocol: "", username: "", password: "", hostname: "", port: "", pathname: "", search: "", hash: "", opaque: false, hasHost: false };
	const hash = text.indexOf("#");
	if (hash !== -1) {
		u.hash = hash === text.length - 1 ? "" : `#${escaped(text.slice(hash + 1), IN_HASH)}`;
		text = text.slice(0, hash);
	}
	const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text);
	let rest = text;
	if (scheme !== null && !(base && base.protocol === `${scheme[1].toLowerCase()}:` && base.protocol in SPECIAL && !/^[/\\]{1,2}/.test(text.slice(scheme[0].length)))) {
		u.protocol = `${scheme[1].toLowerCase()}:`;
		rest = text.slice(scheme[0].length);
	} else {
		if (!base) return undefined;
		if (scheme !== null) rest = text.slice(scheme[0].length);
		if (base.opaque) {
			if (rest !== "") return undefined;
			return { ...base, hash: u.hash };
		}
		Object.assign(u, { protocol: base.protocol });
		const lead = base.protocol in SPECIAL ? rest.replaceAll("\\", "/") : rest;
		if (!lead.startsWith("//")) return relativeTo(base, u, rest);
	}
	const special = u.protocol in SPECIAL;
	const query = rest.indexOf("?");
	if (query !== -1) {
		u.search = query === rest.length - 1 ? "" : `?${escaped(rest.slice(query + 1), special ? IN_SPECIAL_QUERY : IN_QUERY)}`;
		rest = rest.slice(0, query);
	}
	const slashes = special ? rest.replaceAll("\\", "/") : rest;
	if (special ? u.protocol !== "file:" || slashes.startsWith("//") : slashes.startsWith("//")) {
		const after = special && u.protocol !== "file:" ? slashes.replace(/^\/*/, "") : slashes.slice(2);
		const end = after.indexOf("/");
		const authority = end === -1 ? after : after.slice(0, end);
		u.pathname = end === -1 ? "" : after.slice(end);
		u.hasHost = true;
		if (!setAuthority(u, authority, special)) return undefined;
	} else if (special) {
		u.pathname = slashes;
		u.hasHost = true;
	} else if (!slashes.startsWith("/")) {
		u.opaque = true;
		u.pathname = escaped(rest, /[\x00-\x1f\x7f]|[^\x00-\x7f]+/g);
		return u;
	} else u.pathname = slashes;
	if (special && !u.pathname.startsWith("/")) u.pathname = `/${u.pathname}`;
	if (u.pathname !== "") u.pathname = tidyPath(escaped(u.pathname, IN_PATH), special);
	return u;
}

function setAuthority(u, authority, special) {
	const at = authority.lastIndexOf("@");
	if (at !== -1) {
		const user = authority.slice(0, at);
		const colon = user.indexOf(":");
		u.username = escaped(colon === -1 ? user : user.slice(0, colon), IN_USER);
		u.password = colon === -1 ? "" : escaped(user.slice(colon + 1), IN_USER);
		authority = authority.slice(at + 1);
	}
	const port = /:(\d*)$/.exec(authority);
	if (port !== null) {
		authority = authority.slice(0, port.index);
		if (Number(port[1]) > 65535) return false;
		u.port = port[1] === "" || String(Number(port[1])) === SPECIAL[u.protocol] ? "" : String(Number(port[1]));
	}
	if (u.protocol === "file:" && (authority === "" || authority === "localhost")) return true;
	if (authority === "" && !special) return true;
	const name = hostOf(authority, special);
	if (name === undefined) return false;
	u.hostname = name;
	return true;
}

function relativeTo(base, u, rest) {
	const special = base.protocol in SPECIAL;
	Object.assign(u, { username: base.username, password: base.password, hostname: base.hostname, port: base.port, hasHost: base.hasHost });
	const query = rest.indexOf("?");
	let path = query === -1 ? rest : rest.slice(0, query);
	if (query !== -1) u.search = query === rest.length - 1 ? "" : `?${escaped(rest.slice(query + 1), special ? IN_SPECIAL_QUERY : IN_QUERY)}`;
	if (special) path = path.replaceAll("\\", "/");
	if (path === "") {
		u.pathname = base.pathname;
		if (query === -1) u.search = base.search;
		return u;
	}
	path = escaped(path, IN_PATH);
	if (!path.startsWith("/")) path = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1) + path;
	u.pathname = tidyPath(path.startsWith("/") ? path : `/${path}`, special);
	return u;
}

class URLSearchParams {
	#list = [];
	#changed = () => {};
	constructor(init = "") {
		if (typeof init === "object" && init !== null) {
			if (typeof init[Symbol.iterator] === "function") {
				for (const pair of init) {
					const [key, value, ...rest] = [...pair];
					if (value === undefined || rest.length > 0) throw fail(TypeError, "ERR_INVALID_TUPLE", "Each query pair must be an iterable [name, value] tuple");
					this.#list.push([String(key), String(value)]);
				}
			} else for (const key of Object.keys(init)) this.#list.push([key, String(init[key])]);
		} else this.#read(String(init));
	}
	#read(text) {
		this.#list = [];
		for (const part of text.replace(/^\?/, "").split("&")) {
			if (part === "") continue;
			const at = part.indexOf("=");
			const [key, value] = at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
			this.#list.push([unescaped(key.replaceAll("+", " ")), unescaped(value.replaceAll("+", " "))]);
		}
	}
	static attach(params, text, changed) {
		params.#read(text);
		params.#changed = changed;
	}
	get size() { return this.#list.length; }
	append(key, value) {
		this.#list.push([String(key), String(value)]);
		this.#changed();
	}
	delete(key, value) {
		this.#list = this.#list.filter(([k, v]) => k !== String(key) || (value !== undefined && v !== String(value)));
		this.#changed();
	}
	get(key) {
		return this.#list.find(([k]) => k === String(key))?.[1] ?? null;
	}
	getAll(key) {
		return this.#list.filter(([k]) => k === String(key)).map(([, v]) => v);
	}
	has(key, value) {
		return this.#list.some(([k, v]) => k === String(key) && (value === undefined || v === String(value)));
	}
	set(key, value) {
		const at = this.#list.findIndex(([k]) => k === String(key));
		if (at === -1) this.#list.push([String(key), String(value)]);
		else {
			this.#list[at][1] = String(value);
			this.#list = this.#list.filter(([k], i) => i <= at || k !== String(key));
		}
		this.#changed();
	}
	sort() {
		this.#list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
		this.#changed();
	}
	forEach(f, self) {
		for (const [key, value] of this.#list) f.call(self, value, key, this);
	}
	*entries() {
		for (const [key, value] of this.#list) yield [key, value];
	}
	*keys() {
		for (const [key] of this.#list) yield key;
	}
	*values() {
		for (const [, value] of this.#list) yield value;
	}
	[Symbol.iterator]() {
		return this.entries();
	}
	toString() {
		const write = (text) => escaped(text, /[^A-Za-z0-9*\-._ ]/gu).replaceAll(" ", "+");
		return this.#list.map(([key, value]) => `${write(key)}=${write(value)}`).join("&");
	}
	get [Symbol.toStringTag]() { return "URLSearchParams"; }
	[Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
		if (this.#list.length === 0) return "URLSearchParams {}";
		return `URLSearchParams { ${this.#list.map(([k, v]) => `${inspect(k, options)} => ${inspect(v, options)}`).join(", ")} }`;
	}
}
const attach = URLSearchParams.attach;
delete URLSearchParams.attach;

class URL {
	#u;
	#params;
	constructor(input, base) {
		const text = String(input);
		let from;
		if (base !== undefined) {
			from = parse(String(base));
			if (from === undefined) throw invalid(text, String(base));
		}
		this.#u = parse(text, from);
		if (this.#u === undefined) throw invalid(text, base);
	}
	static canParse(input, base) {
		try {
			return Boolean(new URL(input, base));
		} catch {
			return false;
		}
	}
	get href() {
		const u = this.#u;
		const user = u.username || u.password ? `${u.username}${u.password ? `:${u.password}` : ""}@` : "";
		const authority = u.hasHost ? `//${user}${this.host}` : "";
		return `${u.protocol}${authority}${u.pathname}${u.search}${u.hash}`;
	}
	set href(v) {
		const u = parse(String(v));
		if (u === undefined) throw invalid(String(v));
		this.#u = u;
		this.#refresh();
	}
	get origin() { return this.#u.protocol in SPECIAL && this.#u.protocol !== "file:" ? `${this.#u.protocol}//${this.host}` : "null"; }
	get protocol() { return this.#u.protocol; }
	set protocol(v) { this.#u.protocol = `${String(v).replace(/:.*$/, "")}:`; }
	get username() { return this.#u.username; }
	set username(v) { this.#u.username = escaped(String(v), IN_USER); }
	get password() { return this.#u.password; }
	set password(v) { this.#u.password = escaped(String(v), IN_USER); }
	get host() { return this.#u.hostname + (this.#u.port === "" ? "" : `:${this.#u.port}`); }
	set host(v) { setAuthority(this.#u, String(v), this.#u.protocol in SPECIAL); }
	get hostname() { return this.#u.hostname; }
	set hostname(v) { this.#u.hostname = hostOf(String(v), this.#u.protocol in SPECIAL) ?? this.#u.hostname; }
	get port() { return this.#u.port; }
	set port(v) { this.#u.port = String(v) === SPECIAL[this.#u.protocol] ? "" : String(v); }
	get pathname() { return this.#u.pathname; }
	set pathname(v) {
		const text = escaped(String(v), IN_PATH);
		this.#u.pathname = tidyPath(text.startsWith("/") ? text : `/${text}`, this.#u.protocol in SPECIAL);
	}
	get search() { return this.#u.search; }
	set search(v) {
		const text = String(v).replace(/^\?/, "");
		this.#u.search = text === "" ? "" : `?${escaped(text, IN_SPECIAL_QUERY)}`;
		this.#refresh();
	}
	get hash() { return this.#u.hash; }
	set hash(v) {
		const text = String(v).replace(/^#/, "");
		this.#u.hash = text === "" ? "" : `#${escaped(text, IN_HASH)}`;
	}
	get searchParams() {
		if (this.#params === undefined) {
			this.#params = new URLSearchParams();
			this.#refresh();
		}
		return this.#params;
	}
	#refresh() {
		if (this.#params === undefined) return;
		attach(this.#params, this.#u.search, () => {
			const text = this.#params.toString();
			this.#u.search = text === "" ? "" : `?${text}`;
		});
	}
	toString() { return this.href; }
	toJSON() { return this.href; }
	get [Symbol.toStringTag]() { return "URL"; }
	[Symbol.for("nodejs.util.inspect.custom")](depth, options, inspect) {
		const o = {};
		for (const name of ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "searchParams", "hash"]) o[name] = this[name];
		return `URL ${inspect(o, options)}`;
	}
}

function invalid(input, base) {
	const e = fail(TypeError, "ERR_INVALID_URL", "Invalid URL");
	e.input = input;
	if (base !== undefined) e.base = String(base);
	return e;
}

// legacy is url.parse.
function legacy(text, withQuery) {
	const m = /^(?:([a-zA-Z][\w+.-]*:)?(\/\/)?(?:([^@/?#]*)@)?([^:/?#]*)(?::(\d+))?)?([^?#]*)(\?[^#]*)?(#.*)?$/.exec(text) ?? [];
	const rooted = Boolean(m[2]);
	const o = {
		protocol: m[1] ?? null, slashes: rooted || null, auth: m[3] ?? null, host: rooted ? `${m[4]}${m[5] ? `:${m[5]}` : ""}` : null,
		port: m[5] ?? null, hostname: rooted ? m[4] : null, hash: m[8] ?? null, search: m[7] ?? null, query: m[7] ? m[7].slice(1) : null,
		pathname: (rooted ? m[6] || "/" : (m[4] ?? "") + m[6]) || null, path: null, href: text,
	};
	o.path = o.pathname || o.search ? `${o.pathname ?? ""}${o.search ?? ""}` : null;
	if (withQuery) o.query = Object.fromEntries(new URLSearchParams(o.search ?? ""));
	return o;
}

module.exports = {
	URL, URLSearchParams, parse: legacy,
	format: (u) => (typeof u === "string" ? u : u instanceof URL ? u.href : `${u.protocol ? u.protocol.replace(/:?$/, ":") : ""}${u.slashes || SPECIAL[u.protocol?.replace(/:?$/, ":")] !== undefined ? "//" : ""}${u.auth ? `${u.auth}@` : ""}${u.host ?? `${u.hostname ?? ""}${u.port ? `:${u.port}` : ""}`}${u.pathname ?? ""}${u.search ?? (u.query ? `?${new URLSearchParams(u.query)}` : "")}${u.hash ?? ""}`),
	resolve: (from, to) => new URL(to, new URL(from, "resolve://")).href.replace(/^resolve:\/\//, ""),
	fileURLToPath: (u) => {
		const url = typeof u === "string" ? new URL(u) : u;
		if (url.protocol !== "file:") throw fail(TypeError, "ERR_INVALID_URL_SCHEME", "The URL must be of scheme file");
		return unescaped(url.pathname);
	},
	pathToFileURL: (p) => new URL(`file://${escaped(load("path").resolve(p), /[%?#\x00-\x20"<>`{}]|[^\x00-\x7f]+/g)}`),
	domainToASCII: (name) => hostOf(name, true) ?? "",
};
