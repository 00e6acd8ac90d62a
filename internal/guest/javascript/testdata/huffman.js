function huffman(text) {
  const counts = new Map();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  const queue = [...counts].map(([c, n]) => ({ c, n }));
  while (queue.length > 1) {
    queue.sort((a, b) => a.n - b.n || (a.c ?? '~').localeCompare(b.c ?? '~'));
    const [l, r] = queue.splice(0, 2);
    queue.push({ n: l.n + r.n, l, r });
  }
  const codes = {};
  (function walk(node, code) { if (node.c !== undefined) codes[node.c] = code || '0'; else { walk(node.l, code + '0'); walk(node.r, code + '1'); } })(queue[0], '');
  return codes;
}
const text = 'abracadabra', codes = huffman(text), bits = [...text].map((c) => codes[c]).join('');
const decode = (bits, codes) => { const back = Object.fromEntries(Object.entries(codes).map(([c, b]) => [b, c])); let out = '', cur = ''; for (const b of bits) if (back[(cur += b)]) { out += back[cur]; cur = ''; } return out; };
console.log(bits.length, decode(bits, codes) === text, Object.keys(codes).sort().join(''));
const lzw = (s) => { const d = new Map(); let w = ''; const out = []; const code = (x) => (x.length === 1 ? x.charCodeAt(0) : d.get(x)); for (const c of s) { if (w && !d.has(w + c)) { out.push(code(w)); d.set(w + c, 256 + d.size); w = c; } else w += c; } return [...out, code(w)]; };
console.log(lzw('TOBEORNOTTOBEORTOBEORNOT'));
const bwt = (s) => { s += '$'; return [...s].map((_, i) => s.slice(i) + s.slice(0, i)).sort().map((r) => r.at(-1)).join(''); };
console.log(bwt('banana'), [...'hello'].map((c) => c.charCodeAt(0).toString(2).padStart(8, '0')).join(' '), parseInt('1010', 2));
const luhn = (n) => [...String(n)].reverse().reduce((s, d, i) => s + (i % 2 ? (d * 2 > 9 ? d * 2 - 9 : d * 2) : +d), 0) % 10 === 0;
console.log(luhn('4539578763621486'), luhn('1234567812345678'));
const base = (n, b) => { const D = '0123456789abcdefghijklmnopqrstuvwxyz'; let s = ''; do { s = D[n % b] + s; n = Math.floor(n / b); } while (n); return s; };
console.log(base(255, 16), base(0, 2), base(123456, 36), (123456).toString(36));
