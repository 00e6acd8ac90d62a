const parse = (s) => s.trim().split('\n').map((l) => [...l.trim()].map((c) => c === '#'));
const step = (g) => g.map((row, y) => row.map((alive, x) => {
  let n = 0;
  for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) if ((dx || dy) && g.at((y + dy) % g.length)?.at((x + dx) % row.length)) n++;
  return n === 3 || (alive && n === 2);
}));
const show = (g) => g.map((r) => r.map((c) => (c ? '#' : '.')).join('')).join('\n');
let g = parse(`
  .#......
  ..#.....
  ###.....
  ........
  ........
  ........`);
for (let i = 0; i < 4; i++) { console.log(`generation ${i}\n${show(g)}\n`); g = step(g); }
const rule = (n, width = 31, lines = 8) => { let row = Array(width).fill(0).with(width >> 1, 1); for (let i = 0; i < lines; i++) { console.log(row.map((c) => ' *'[c]).join('').trimEnd()); row = row.map((_, j) => (n >> ((row[j - 1] ?? 0) * 4 + row[j] * 2 + (row[j + 1] ?? 0))) & 1); } };
rule(90); rule(30, 21, 5);
const mandel = []; for (let y = -1.2; y <= 1.2; y += 0.3) { let l = ''; for (let x = -2; x <= 0.6; x += 0.07) { let a = 0, b = 0, n = 0; while (a * a + b * b < 4 && n < 30) { [a, b] = [a * a - b * b + x, 2 * a * b + y]; n++; } l += ' .:-=+*#%@'[Math.min(9, n / 3 | 0)]; } mandel.push(l.trimEnd()); } console.log(mandel.join('\n'));
