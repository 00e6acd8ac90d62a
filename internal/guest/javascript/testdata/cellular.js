// A seeded random generator, a bag of words and Monte Carlo.
function mulberry32(a) { return () => { a |= 0; a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; }; }
const random = mulberry32(42);
console.log(Array.from({ length: 5 }, random));
const int = (lo, hi) => lo + Math.floor(random() * (hi - lo + 1));
const shuffle = (a) => { for (let i = a.length - 1; i > 0; i--) { const j = int(0, i); [a[i], a[j]] = [a[j], a[i]]; } return a; };
console.log(shuffle([...'abcdefgh']).join(''), Array.from({ length: 10 }, () => int(1, 6)));
let inside = 0; for (let i = 0; i < 20000; i++) if (random() ** 2 + random() ** 2 < 1) inside++; console.log(Math.abs((4 * inside) / 20000 - Math.PI) < 0.05);
const walk = Array.from({ length: 30 }).reduce(([x, ...r]) => [x + (random() < 0.5 ? -1 : 1), x, ...r], [0]); console.log(walk.toReversed().join(' '));
const hist = {}; for (let i = 0; i < 1000; i++) { const s = int(1, 6) + int(1, 6); hist[s] = (hist[s] ?? 0) + 1; } for (const [s, n] of Object.entries(hist)) console.log(s.padStart(2), '*'.repeat(n / 10), n);
console.log([1, 2, 3].includes(Math.ceil(Math.random() * 3)), Math.random() < 1);
