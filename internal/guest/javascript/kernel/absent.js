// What the wasm runtime does not have, and what it says instead.

const CURE = "It needs a runtime with a Linux kernel (container backend).";
const NO_PROCESSES = "a WebAssembly sandbox is one process and cannot start others";
const NO_SOCKETS = "WebAssembly has no sockets";
const NO_THREADS = "a WebAssembly sandbox has one thread";
const NO_ENGINE = "its JavaScript engine is QuickJS, not V8";

const MODULES = {
	child_process: NO_PROCESSES, cluster: NO_PROCESSES, dgram: NO_SOCKETS, dns: NO_SOCKETS, "dns/promises": NO_SOCKETS, http: NO_SOCKETS, http2: NO_SOCKETS, https: NO_SOCKETS,
	net: NO_SOCKETS, tls: NO_SOCKETS, worker_threads: NO_THREADS, inspector: NO_ENGINE, "inspector/promises": NO_ENGINE, v8: NO_ENGINE, vm: NO_ENGINE, trace_events: NO_ENGINE,
	async_hooks: "its promises cannot be followed", diagnostics_channel: "nothing there reports to it", repl: "there is no terminal", wasi: "it runs inside WebAssembly itself",
	zlib: "nothing compresses there", domain: "its promises cannot be followed", sqlite: "there is no database", test: "there is no test runner", "test/reporters": "there is no test runner", sea: NO_ENGINE,
};

// sentence says that something is missing, why, and what to do.
function sentence(name, why) {
	return `${name} is not in the wasm runtime: ${why}. ${CURE}`;
}

// module throws what somebody gets who asks for a module that is not there.
function refuse(name) {
	const e = new Error(sentence(name, MODULES[name]));
	e.code = "ERR_NOT_IN_WASM";
	throw e;
}

function refusal(name, why) {
	return {
		[name](...args) {
			throw new Error(sentence(name, why));
		},
	}[name];
}

// install puts refusals in the place of globals that could only be missing.
function install(define) {
	define("fetch", { async fetch() { throw new TypeError(sentence("fetch", NO_SOCKETS)); } }.fetch);
	for (const [name, why] of Object.entries({ XMLHttpRequest: NO_SOCKETS, WebSocket: NO_SOCKETS, Worker: NO_THREADS })) {
		define(name, class {
			constructor() {
				throw new Error(sentence(name, why));
			}
		});
	}
	define("WebAssembly", new Proxy({}, {
		get(_, name) {
			if (typeof name === "symbol") return undefined;
			throw new Error(sentence("WebAssembly", "its JavaScript engine has no compiler for it"));
		},
	}));
}

module.exports = { MODULES, NO_PROCESSES, NO_SOCKETS, sentence, refuse, refusal, install };
