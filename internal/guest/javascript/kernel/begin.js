// The kernel: what runs executions inside the JavaScript guest, and what makes
// QuickJS feel like Node to programs. javascript.sh puts its files one after
// another into one function, which caisson_boot calls once, at build time, with
// the functions of host.c and files.c. The value of the last file is what
// caisson.c calls for each execution.
//
//	execute    one execution, from request to exit code
//	show       results: display() and the value of a last expression
//	report     errors that nobody caught, for people and for programs
//	inspect    values as text, as Node's console shows them
//	modules    import and require, of the user's files and of Node's modules
//	absent     what the wasm runtime does not have, and says so
//
// The other files are Node's modules and globals, each by its name.
(function (host) {
"use strict";

// User code may declare these names again on its top level; we keep ours.
const {
	AggregateError, Array, ArrayBuffer, BigInt, BigInt64Array, BigUint64Array, Boolean, DataView, Date, Error, EvalError,
	FinalizationRegistry, Float32Array, Float64Array, Function, Int16Array, Int32Array, Int8Array, JSON, Map, Math, Number,
	Object, Promise, Proxy, RangeError, ReferenceError, Reflect, RegExp, Set, SharedArrayBuffer, String, Symbol, SyntaxError,
	TypeError, Uint16Array, Uint32Array, Uint8Array, Uint8ClampedArray, WeakMap, WeakRef, WeakSet, decodeURIComponent,
	encodeURIComponent, isNaN, parseFloat, parseInt,
} = globalThis;

const loaded = new Map();
const sources = new Map();

function define(name, body) {
	sources.set(name, body);
}

function load(name) {
	let module = loaded.get(name);
	if (module === undefined) {
		module = { exports: {} };
		loaded.set(name, module);
		const body = sources.get(name);
		if (body === undefined) throw new Error(`the kernel has no part ${name}`);
		body(module, module.exports, load);
	}
	return module.exports;
}

