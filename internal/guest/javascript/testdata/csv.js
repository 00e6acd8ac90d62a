// A small analysis: CSV to statistics, groups and a bar chart of text.
const csv = `name,dept,salary,start
Alice,Eng,120000,2019-03-01
"Bob ""Bobby"" Lee",Ops,82500.5,2020-07-15
Chloé,Eng,135000,2018-01-20
Dan,Sales,70000,2021-11-30
"Eve, Jr.",Sales,91000,2017-05-05
`;
function parse(text) { const rows = []; let row = [], f = '', q = false; for (let i = 0; i < text.length; i++) { const c = text[i]; if (q) { if (c === '"' && text[i + 1] === '"') (f += '"'), i++; else if (c === '"') q = false; else f += c; } else if (c === '"') q = true; else if (c === ',') row.push(f), (f = ''); else if (c === '\n') row.push(f), rows.push(row), (row = []), (f = ''); else f += c; } const [h, ...r] = rows; return r.map((x) => Object.fromEntries(h.map((k, i) => [k, x[i]]))); }
const rows = parse(csv).map((r) => ({ ...r, salary: Number(r.salary), start: new Date(r.start) })); console.log(rows); console.table(rows.map(({ name, salary }) => ({ name, salary })));
const by = rows.reduce((g, r) => ((g[r.dept] ??= []).push(r.salary), g), {}); const stats = (a) => { const s = [...a].sort((x, y) => x - y), n = s.length, mean = s.reduce((x, y) => x + y, 0) / n; return { n, mean, median: n % 2 ? s[n >> 1] : (s[n / 2 - 1] + s[n / 2]) / 2, sd: Math.sqrt(s.reduce((v, x) => v + (x - mean) ** 2, 0) / n) }; };
console.log(Object.fromEntries(Object.entries(by).map(([k, v]) => [k, stats(v)])), stats(rows.map((r) => r.salary))); for (const [k, v] of Object.entries(by)) console.log(k.padEnd(6), '█'.repeat(Math.round(stats(v).mean / 10000)), stats(v).mean.toLocaleString('en-US', { style: 'currency', currency: 'USD' }));
console.log(rows.filter((r) => r.start < new Date('2020-01-01')).map((r) => `${r.name} (${r.start.getUTCFullYear()})`).sort().join('; '), rows.map((r) => [r.name, r.salary]).map((r) => r.map((x) => (/[",]/.test(x) ? `"${String(x).replaceAll('"', '""')}"` : x)).join()).join('\n'));
const lin = (xs, ys) => { const n = xs.length, mx = xs.reduce((a, b) => a + b) / n, my = ys.reduce((a, b) => a + b) / n, b = xs.reduce((s, x, i) => s + (x - mx) * (ys[i] - my), 0) / xs.reduce((s, x) => s + (x - mx) ** 2, 0); return { slope: b, intercept: my - b * mx }; }; console.log(lin([1, 2, 3, 4, 5], [2.2, 4.1, 6.2, 7.9, 10.1]));
