const tag = (s, ...v) => s.raw.map((x, i) => `[${x}]${i < v.length ? `<${v[i]}>` : ''}`).join(''); console.log(tag`a${1}\n${'b'}c`, tag``, tag`${0}`);
const html = (s, ...v) => s.reduce((out, x, i) => out + x + (i < v.length ? String(v[i]).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]) : ''), ''); console.log(html`<p>${'<script>"&"</script>'}</p>`);
const items = [{ n: 'Tea', p: 3.5, q: 2 }, { n: 'Cake', p: 12.25, q: 1 }, { n: 'Water', p: 0, q: 10 }]; const W = 24; console.log(`${'='.repeat(W)}
${items.map(({ n, p, q }) => `${n.padEnd(10, '.')}${String(q).padStart(4)}${(p * q).toFixed(2).padStart(10)}`).join('\n')}
${'-'.repeat(W)}
${'Total'.padEnd(14)}${items.reduce((s, { p, q }) => s + p * q, 0).toFixed(2).padStart(10)}`);
const render = (t, d) => t.replace(/\{\{\s*([\w.]+)\s*(?:\|\s*(\w+))?\s*\}\}/g, (_, path, f) => { const v = path.split('.').reduce((o, k) => o?.[k], d) ?? ''; return f === 'upper' ? String(v).toUpperCase() : v; }); console.log(render('Hi {{ user.name | upper }}, you are {{user.age}}{{ none.x }}!', { user: { name: 'Ann', age: 5 } }));
const same = () => ((s) => s)`x`; console.log(same() === same(), Object.isFrozen(same()), same()); const dedent = ([s]) => { const l = s.split('\n').slice(1, -1), m = Math.min(...l.filter((x) => x.trim()).map((x) => x.match(/^ */)[0].length)); return l.map((x) => x.slice(m)).join('\n'); }; console.log(dedent`
    first
      second

    third
  `); console.log(`${[1, [2, 3]]}`, `${{}}`, `${null} ${undefined}`, `${() => 1}`, `${Symbol('s').toString()}`, `line1
line2`);
