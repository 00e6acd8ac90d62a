function* range(start, end, step = 1) { for (let i = start; step > 0 ? i < end : i > end; i += step) yield i; }
const lazy = (it) => ({ map: (f) => lazy((function* () { for (const x of it) yield f(x); })()), filter: (f) => lazy((function* () { for (const x of it) if (f(x)) yield x; })()), take: (n) => lazy((function* () { if (n > 0) for (const x of it) { yield x; if (--n <= 0) return; } })()), toArray: () => [...it] });
console.log(lazy(range(1, Infinity)).filter((x) => x % 3 === 0).map((x) => x * x).take(4).toArray(), [...range(5, 0, -2)]);
function* conversation() { const name = yield 'name?'; try { const age = yield `hi ${name}, age?`; yield `${age} is fine`; } finally { console.log('cleanup'); } return 'unreached'; }
const c = conversation(); console.log(c.next(), c.next('Ann'), c.next(5), c.return('bye'), c.next());
const t = conversation(); t.next(); try { t.throw(new Error('into')); } catch (e) { console.log(e.message, t.next()); }
function* inner() { yield 1; return 'result'; } function* outer() { const r = yield* inner(); yield r; yield* 'hi'; } console.log([...outer()]);
class Tree { constructor(v, l, r) { Object.assign(this, { v, l, r }); } *[Symbol.iterator]() { if (this.l) yield* this.l; yield this.v; if (this.r) yield* this.r; } }
const tree = new Tree(4, new Tree(2, new Tree(1), new Tree(3)), new Tree(6)); console.log([...tree], Math.max(...tree), Array.from(tree, (x) => x * 2)); const [first, ...others] = tree; console.log(first, others);
const closing = { [Symbol.iterator]() { let n = 0; return { next: () => ({ value: n++, done: false }), return() { console.log('closed at', n); return {}; } }; } };
for (const x of closing) if (x > 2) break; const [p, q] = closing; console.log(p, q);
const zip = (...its) => { const all = its.map((i) => i[Symbol.iterator]()); return { *[Symbol.iterator]() { for (;;) { const r = all.map((i) => i.next()); if (r.some((x) => x.done)) return; yield r.map((x) => x.value); } } }; };
console.log([...zip([1, 2, 3], 'ab', new Set([true, false, null]))], Object.fromEntries(zip(['x', 'y'], [1, 2])));
console.log(range(0, 1), range, Object.prototype.toString.call(range(0, 1)), [][Symbol.iterator]().next(), [...'añ😀'].length, [...new Map([[1, 2]]).entries()], [...[7, 8].entries()], new Map([['a', 1]]).keys(), new Set([1]).values());
const fibs = { *[Symbol.iterator]() { let [a, b] = [0, 1]; for (;;) { yield a; [a, b] = [b, a + b]; } } }; for (const f of fibs) { if (f > 50) break; process.stdout.write(f + ' '); } console.log();
