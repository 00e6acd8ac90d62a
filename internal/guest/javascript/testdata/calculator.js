function tokenize(src) {
  const out = [], re = /\s*(?:(\d+(?:\.\d+)?)|([a-z]\w*)|(.))/gy;
  for (const [, num, id, op] of src.trim().matchAll(re)) out.push(num ? { type: 'num', value: +num } : id ? { type: 'id', value: id } : { type: 'op', value: op });
  return out;
}
class Parser {
  constructor(src) { this.tokens = tokenize(src); this.at = 0; }
  peek(v) { return this.tokens[this.at]?.value === v; }
  take(v) { if (!this.peek(v)) throw new SyntaxError(`expected ${v} but got ${this.tokens[this.at]?.value ?? 'end'}`); return this.tokens[this.at++]; }
  binary(next, ops) { let left = next(); while (ops.some((o) => this.peek(o))) left = { op: this.tokens[this.at++].value, left, right: next() }; return left; }
  sum = () => this.binary(this.product, ['+', '-']);
  product = () => this.binary(this.unary, ['*', '/', '%']);
  unary = () => (this.peek('-') ? (this.at++, { op: 'neg', right: this.unary() }) : this.power());
  power = () => { const base = this.atom(); return this.peek('^') ? (this.at++, { op: '^', left: base, right: this.unary() }) : base; };
  atom = () => {
    const t = this.tokens[this.at++];
    if (t?.type === 'num') return t.value;
    if (t?.type === 'id') { if (!this.peek('(')) return { name: t.value }; this.at++; const args = []; while (!this.peek(')')) { args.push(this.sum()); if (!this.peek(')')) this.take(','); } this.at++; return { call: t.value, args }; }
    if (t?.value === '(') { const e = this.sum(); this.take(')'); return e; }
    throw new SyntaxError(`unexpected ${t?.value ?? 'end'}`);
  };
  parse() { const e = this.sum(); if (this.at < this.tokens.length) throw new SyntaxError(`unexpected ${this.tokens[this.at].value}`); return e; }
}
const evaluate = (e, env = {}) => {
  if (typeof e === 'number') return e;
  if (e.name) { if (!(e.name in env)) throw new ReferenceError(`${e.name} is unknown`); return env[e.name]; }
  if (e.call) return Math[e.call](...e.args.map((a) => evaluate(a, env)));
  const r = evaluate(e.right, env), l = e.left === undefined ? 0 : evaluate(e.left, env);
  return { '+': l + r, '-': l - r, '*': l * r, '/': l / r, '%': l % r, '^': l ** r, neg: -r }[e.op];
};
for (const src of ['1 + 2 * 3', '(1+2)*3', '-2^2', '2^3^2', 'max(1, x, 3) / 2', '10 % 4 - -1', '1 +', 'y', '(1', '2 3']) try { console.log(src.padEnd(20), evaluate(new Parser(src).parse(), { x: 7 })); } catch (e) { console.log(src.padEnd(20), `${e}`); }
console.dir(new Parser('a + b * sin(0)').parse(), { depth: null });
const rpn = (s) => s.split(' ').reduce((st, t) => { if (isNaN(t)) { const b = st.pop(), a = st.pop(); st.push({ '+': a + b, '-': a - b, '*': a * b, '/': a / b }[t]); } else st.push(+t); return st; }, [])[0];
console.log(rpn('3 4 + 2 *'), rpn('5 1 2 + 4 * + 3 -'));
