const s = Symbol('desc'), o = { [s]: 1, plain: 2, [Symbol.for('g')]: { n: Symbol.iterator } }; console.log(s, String(s), s.description, o, Object.keys(o), Object.getOwnPropertySymbols(o).length, Symbol(), Symbol.for('g') === Symbol.for('g'), Symbol.keyFor(Symbol.for('g')));
class Even { static [Symbol.hasInstance](n) { return n % 2 === 0; } } console.log(2 instanceof Even, 3 instanceof Even);
const money = { [Symbol.toPrimitive](h) { return h === 'number' ? 42 : h === 'string' ? '$42' : 'def'; } }; console.log(+money, `${money}`, money + '', money * 2, [money] + '');
class Coll { #i = [1, 2, 3]; [Symbol.iterator]() { return this.#i[Symbol.iterator](); } get [Symbol.toStringTag]() { return 'Coll'; } static get [Symbol.species]() { return Array; } } console.log([...new Coll()], String(new Coll()), new Coll());
console.log([1].concat({ length: 1, 0: 'x', [Symbol.isConcatSpreadable]: true }), Object.prototype.toString.call(null), Object.prototype.toString.call([]), Object.prototype.toString.call(function () {}), Object.prototype.toString.call(1));
try { s + ''; } catch (e) { console.log(e.name, e.message); } console.log(typeof s, Object(s) == s, JSON.stringify({ [s]: 1, a: s }), new Map([[s, 1]]), [s, Symbol('with space'), Symbol('')]);
console.log({ a: { [Symbol('x')]: [Symbol('y')] } }, { [Symbol.toStringTag]: 'Tagged' }, { [Symbol.toStringTag]: 'Tagged', a: 1 });
const custom = { [Symbol.for('nodejs.util.inspect.custom')](depth, opts) { return `<custom ${depth} ${typeof opts.stylize}>`; } }; console.log(custom, [custom], { custom });
