const counter = () => { let n = 0; return { inc: () => ++n, dec: () => --n, get value() { return n; } }; };
const a = counter(), b = counter(); a.inc(); a.inc(); b.dec(); console.log(a.value, b.value, a);
const fs = []; for (var i = 0; i < 3; i++) fs.push(() => i); const gs = []; for (let j = 0; j < 3; j++) gs.push(() => j);
console.log(fs.map((f) => f()), gs.map((f) => f()));
const compose = (...f) => (x) => f.reduceRight((v, g) => g(v), x); console.log(compose((x) => x + 1, (x) => x * 2)(5));
const curry = (f, ...got) => (got.length >= f.length ? f(...got) : (...more) => curry(f, ...got, ...more)); console.log(curry((a, b, c) => a + b + c)(1)(2, 3));
const memo = (f, c = {}) => (n) => (c[n] ??= f(n)); let calls = 0; const sq = memo((n) => (calls++, n * n)); sq(4); sq(4); console.log(sq(4), calls);
function args() { return [arguments.length, ...arguments]; } console.log(args(1, 'b', null), (function () { return arguments; })(1, 2));
function def(a, b = a * 2, { c = 3, ...d } = {}, ...rest) { return { a, b, c, d, rest }; } console.log(def(1), def(1, 2, { c: 9, x: 1, y: 2 }, 7, 8), def.length);
console.log(hoisted(), typeof notYet); function hoisted() { return 'hoisted'; } var notYet = 1;
try { tdz; let tdz = 1; } catch (e) { console.log(e.name + ': ' + e.message); }
const bound = function (x) { return [this.v, x]; }.bind({ v: 1 }, 2); console.log(bound(), bound.name, bound);
const obj = { v: 5, arrow: () => typeof this, method() { return [1, 2].map((x) => x * this.v); } }; console.log(obj.method(), obj.arrow());
console.log((() => { try { return 'try'; } finally { console.log('fin'); } })(), (() => { for (const x of [1, 2]) { try { continue; } finally { if (x === 2) return 'f' + x; } } })());
label: for (let x = 0; x < 3; x++) for (let y = 0; y < 3; y++) { if (y === 1) continue label; if (x === 2) break label; console.log(x, y); }
switch (3) { case 1: console.log('no'); case 3: console.log('three'); case 4: console.log('fall'); break; default: console.log('no'); }
console.log(((x) => { switch (true) { case x > 10: return 'big'; case x > 5: return 'mid'; default: return 'small'; } })(7), void 0, typeof null, typeof (() => 1));
console.log([1, 2, 3].map(parseInt), ['1', '2', '3'].map(Number), [..."abc"].entries().next(), 0.1 + 0.2, 1 / 3, 5 % -3, -5 % 3, 2 ** -1, 7 / 0);
var self = (function f(n) { return n ? n * f(n - 1) : 1; })(10); console.log(self, eval('1+1'), new Function('a', 'return a*2')(4));
console.log([] + [], [] + {}, 1 + '2', '3' * '4', true + 1, null + 1, undefined + 1, [2] * [3], '5' - 2, +'', +' 12 ', +'1x', !!'0', null ?? 'd', 0 || 'e', '' && 'f');
console.log(1 < 2 < 3, 3 > 2 > 1, '10' < '9', 10 < 9, null >= 0, NaN !== NaN, Object.is(-0, 0), [1] == 1, '1' == 1, null == undefined, null == 0);
let u; u ??= 5; u ||= 6; u &&= 7; console.log(u, obj?.nope?.deep, obj.nope?.(), obj?.['v'], (1, 2), ~5, 5 >>> 1, -5 >>> 28, 1 << 31, 5 & 3, 5 | 3, 5 ^ 3);
