class Shape {
  static #count = 0;
  #name;
  static kinds = [];
  constructor(name) { this.#name = name; Shape.#count++; }
  get name() { return this.#name; }
  set name(v) { if (!v) throw new TypeError('empty name'); this.#name = v; }
  static get count() { return Shape.#count; }
  #secret() { return 's:' + this.#name; }
  reveal() { return this.#secret(); }
  static is(x) { return #name in x; }
  toString() { return `Shape(${this.#name})`; }
  static { Shape.kinds.push('base'); }
}
class Circle extends Shape {
  r = 1;
  static unit = new Circle('unit');
  constructor(name, r = 1) { super(name); this.r = r; }
  get area() { return +(Math.PI * this.r ** 2).toFixed(3); }
  toString() { return super.toString() + `[r=${this.r}]`; }
  *[Symbol.iterator]() { yield this.name; yield this.r; }
  get [Symbol.toStringTag]() { return 'Circle!'; }
}
const c = new Circle('c', 2);
console.log(`${c}`, c.area, [...c], Shape.count, Shape.is(c), Shape.is({}), c.reveal(), Shape.kinds);
console.log(c, Circle, class {}, class extends Shape {}, new (class {})(), new Shape('x'), [Shape, Circle]);
console.log(Object.prototype.toString.call(c), c instanceof Shape, Object.getPrototypeOf(Circle) === Shape, Circle.name, Circle.length);
try { c.name = ''; } catch (e) { console.log(e.name, e.message); }
try { Shape(); } catch (e) { console.log(e.name); }
try { Shape.prototype.reveal.call({}); } catch (e) { console.log(e.name); }
const Mixin = (B) => class extends B { hello() { return 'hello ' + this.name; } };
class Greeter extends Mixin(Shape) {}
console.log(new Greeter('g').hello(), new Greeter('g'));
class Stack extends Array { peek() { return this.at(-1); } }
const st = Stack.from([1, 2, 3]);
console.log(st, st.peek(), st.map((x) => x * 2) instanceof Stack, st.length);
class Temp { static fromF(f) { return Object.assign(new this(), { c: ((f - 32) * 5) / 9 }); } c = 0; valueOf() { return this.c; } }
console.log(Temp.fromF(212), Temp.fromF(212) > 50, Temp.fromF(32) + 1);
const o = { get x() { return 1; }, set x(v) {}, get y() { return 2; }, set z(v) {}, ['comp' + 1]: 3, 'quoted-key': 4, 5: 6, m() {}, async am() {}, *gm() {}, arrow: () => {} };
console.log(o);
function Old(a) { if (!new.target) return new Old(a); this.a = a; }
Old.prototype.get = function () { return this.a; };
console.log(Old(5).get(), new Old(6), Old);
console.log(Object.create(null), Object.create({ a: 1 }), Object.create(Shape.prototype) instanceof Shape);
const acc = { __proto__: { inherited: true }, own: 1 }; console.log(acc, acc.inherited, Object.keys(acc));
