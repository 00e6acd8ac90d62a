const { a, b: { c = 5, ...rest }, ['d' + 1]: dyn, missing = 'def' } = { a: 1, b: { x: 2, y: 3 }, d1: 'dynamic' };
console.log(a, c, rest, dyn, missing);
const [x, , y = 10, [z] = [7], ...tail] = [1, 2, undefined, undefined, 5, 6]; console.log(x, y, z, tail);
let p = 1, q = 2; [p, q] = [q, p]; console.log(p, q); ({ p, q: [q] } = { p: 'P', q: ['Q'] }); console.log(p, q);
for (const [k, { v }] of Object.entries({ one: { v: 1 }, two: { v: 2 } })) console.log(k, v);
const f = ({ name, tags: [t1, ...ts] = [] } = {}, ...others) => [name, t1, ts, others]; console.log(f(), f({ name: 'n', tags: ['a', 'b'] }, 1, 2));
const merged = { ...{ a: 1, b: 2 }, b: 3, ...null, ...'hi', ...[9] }; console.log(merged);
console.log([...'ab', ...[1, 2], ...new Set([3])], Math.max(...[1, 5, 3]), { ...Object.create({ inherited: 1 }), own: 2 });
const { length } = 'hello', { 0: first, [2]: third } = ['p', 'q', 'r']; console.log(length, first, third);
try { const { x } = null; } catch (e) { console.log(e.name); } try { const [w] = 5; } catch (e) { console.log(e.name); } try { const [v] = undefined; } catch (e) { console.log(e.name); }
const deep = { l1: { l2: { l3: { l4: { l5: 1 } } } }, arr: [[[[1]]]], m: new Map([[{ a: { b: { c: {} } } }, [[[]]]]]) }; console.log(deep); console.log(JSON.stringify(deep));
function tag(s, ...v) { return s.raw.map((r, i) => r + (v[i] !== undefined ? `<${v[i]}>` : '')).join(''); } console.log(tag`a${1}b\n${'x'}c`, tag`plain`, ((s) => s)`t`.raw);
const html = (s, ...v) => s.reduce((o, p, i) => o + p + (i < v.length ? String(v[i]).replace(/</g, '&lt;') : ''), ''); console.log(html`<p>${'<b>'}</p>`);
