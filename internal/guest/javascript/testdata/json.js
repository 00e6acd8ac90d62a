const o = { s: 'q"\n', n: 1.5, i: -0, b: true, z: null, u: undefined, f() {}, a: [1, undefined, () => 1, NaN, Infinity], d: new Date(0), nested: { deep: { er: [] } }, e: {} };
console.log(JSON.stringify(o));
console.log(JSON.stringify(o, null, 2));
console.log(JSON.stringify({ a: [1, { b: 2 }], c: 'x' }, null, '--'), JSON.stringify([], null, 2), JSON.stringify({}, null, 2));
console.log(JSON.stringify({ a: 1, b: 2, c: { a: 3, d: 4 } }, ['a', 'c']), JSON.stringify({ a: 1, b: 'x' }, (k, v) => (typeof v === 'number' ? v * 2 : v)));
console.log(JSON.stringify('\u2028\ud800é'), JSON.stringify(undefined), JSON.stringify(null), JSON.stringify(Symbol('x')));
console.log(JSON.parse('{"a":[1,2,{"b":null}],"c":"\\u00e9\\n"}'), JSON.parse(' [1 , 2 ] '), JSON.parse('"x"'), JSON.parse('1e3'));
console.log(JSON.parse('{"d":"2020-01-01T00:00:00.000Z","n":1}', (k, v) => (k === 'd' ? new Date(v) : v)));
console.log(JSON.parse('{"__proto__": 1}'), Object.keys(JSON.parse('{"b":1,"a":2,"1":3}')));
class P { constructor(x) { this.x = x; } toJSON() { return { P: this.x }; } }
console.log(JSON.stringify([new P(1), new Map([[1, 2]]), new Set([1]), /x/, new Error('e'), Object(5), Object('s')]));
for (const bad of ['', '{', '{"a":}', '[1,]', '{a:1}', "{'a':1}", '[1 2]', 'tru', '"abc', '{"a":1,}', '{"a" 1}', '01', '-', '[1]x', 'undefined', '"\n"', '"\\x"', 'nope', '{"a":1 "b":2}', '<html>a long text that goes on and on for a while</html>', '{"key": "value", "other": [1, 2, 3, oops], "more": "text"}']) {
  try { console.log(JSON.parse(bad)); } catch (e) { console.log(e.name + ': ' + e.message); }
}
const c = {}; c.self = c;
try { JSON.stringify(c); } catch (e) { console.log(e.name, e.message.split('\n')[0]); }
try { JSON.stringify(10n); } catch (e) { console.log(e.name, e.message); }
