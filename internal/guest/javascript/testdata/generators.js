function* count(n) { for (let i = 0; i < n; i++) { const got = yield i; if (got) console.log('got', got); } return 'done'; }
const g = count(3);
console.log(g.next(), g.next('x'), g.next(), g.next(), g.next());
console.log([...count(4)], Math.max(...count(5)), Array.from(count(3), (x) => x ** 2));
function* delegate() { const r = yield* count(2); console.log('r =', r); yield* 'hi'; yield* [7, 8]; }
console.log([...delegate()]);
function* fib() { let [a, b] = [0, 1]; for (;;) { yield a; [a, b] = [b, a + b]; } }
const take = function* (it, n) { for (const x of it) { if (n-- <= 0) return; yield x; } };
console.log([...take(fib(), 12)]);
function* cleanup() { try { yield 1; yield 2; } finally { console.log('cleaned'); } }
for (const x of cleanup()) { console.log(x); break; }
const t = cleanup(); t.next(); try { t.throw(new Error('inside')); } catch (e) { console.log('caught', e.message); }
console.log(cleanup().return(9), g, count, g[Symbol.toStringTag], typeof g[Symbol.iterator]);
const range = { from: 1, to: 4, [Symbol.iterator]() { let c = this.from, t = this.to; return { next: () => (c <= t ? { value: c++, done: false } : { value: undefined, done: true }), return() { console.log('closed'); return {}; } }; } };
console.log([...range]); for (const v of range) if (v > 2) break;
const [first, ...others] = range; console.log(first, others); const [x1] = range; console.log(x1);
const zip = function* (...its) { its = its.map((i) => i[Symbol.iterator]()); for (;;) { const r = its.map((i) => i.next()); if (r.some((e) => e.done)) return; yield r.map((e) => e.value); } };
console.log([...zip('abc', [1, 2, 3, 4], new Set([true, false, null]))], Object.fromEntries(zip(['k', 'l'], [1, 2])));
const tree = { v: 4, l: { v: 2, l: { v: 1 }, r: { v: 3 } }, r: { v: 6 } };
const walk = function* (n) { if (n) { yield* walk(n.l); yield n.v; yield* walk(n.r); } };
console.log([...walk(tree)].join());
(async () => {
  async function* ag() { for (let i = 0; i < 3; i++) { await null; yield i * 10; } }
  for await (const v of ag()) console.log('async', v);
  for await (const v of [Promise.resolve('p'), 'q']) console.log(v);
  const it = ag(); console.log(await it.next(), await it.return('r'), await it.next(), it);
})();
