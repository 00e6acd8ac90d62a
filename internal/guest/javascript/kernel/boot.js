// The boot: puts everything in its place and runs the common paths a few
// times, so that what they set up lazily is there, in every sandbox. Nothing
// random may be drawn here.

const execute = load("execute");

function settle() {
	const define = load("globals").install();
	load("report").install();
	execute.install(define);
	define("display", load("show").display);
}

const WARM = [
	`console.log(1, "a", { a: [1, 2.5, null], b: new Map([[1, 2]]) }, [1, 2, 3], new Date(0), /a/, new Error("x"));`,
	`class A { #x = 1; constructor(y) { this.y = y; } get x() { return this.#x; } }
	console.log(new A(2).x, [..."ab"].map((c) => c.toUpperCase()).join(), JSON.stringify(JSON.parse('{"a":[1,2]}')));
	for (const [k, v] of Object.entries({ a: 1 })) console.log(k.padEnd(3), v.toFixed(2));`,
	`const fs = require("fs"), path = require("path"), util = require("util"), { EventEmitter } = require("events");
	new EventEmitter().on("x", (v) => console.log(util.inspect(v))).emit("x", { a: path.join("a", "b"), b: fs.existsSync("/none") });`,
	`setTimeout(() => console.log("later"), 0); Promise.resolve(1).then(console.log); process.nextTick(() => {}); await null;`,
];

function warm() {
	const loud = { write: host.write, ask: host.ask };
	host.write = () => 0;
	host.ask = () => "";
	try {
		for (const code of WARM) {
			for (let i = 0; i < 2; i++) {
				execute.run(JSON.stringify({ code, name: "/workspace/warm.js", module: true }));
				execute.run(JSON.stringify({ code: `{ ${code} } ({ a: [1] })`, name: "", show: true }));
			}
		}
		execute.run(JSON.stringify({ code: "null.x", name: "" }));
	} finally {
		Object.assign(host, loud);
	}
}

settle();
warm();
execute.reset();

module.exports = { run: execute.run, ended: execute.ended };
