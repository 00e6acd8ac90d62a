// Sorting, searching, primes, graphs, dynamic programming.
function quicksort(a) {
  if (a.length < 2) return a;
  const [p, ...rest] = a;
  return [...quicksort(rest.filter((x) => x < p)), p, ...quicksort(rest.filter((x) => x >= p))];
}
console.log(quicksort([5, 3, 9, 1, 5, 7, -2]));
const sieve = (n) => {
  const is = new Uint8Array(n + 1).fill(1);
  for (let i = 2; i * i <= n; i++) if (is[i]) for (let j = i * i; j <= n; j += i) is[j] = 0;
  return [...is.keys()].filter((i) => i > 1 && is[i]);
};
console.log(sieve(60).join(' '));
console.log(sieve(100));
function lcs(a, b) {
  const d = Array.from({ length: a.length + 1 }, () => Array(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++) d[i][j] = a[i - 1] === b[j - 1] ? d[i - 1][j - 1] + 1 : Math.max(d[i - 1][j], d[i][j - 1]);
  let s = '';
  for (let i = a.length, j = b.length; i && j; )
    if (a[i - 1] === b[j - 1]) (s = a[i - 1] + s), i--, j--;
    else if (d[i - 1][j] >= d[i][j - 1]) i--;
    else j--;
  return s;
}
console.log(lcs('AGGTABQXY', 'GXTXAYBXQ'));
const graph = { A: { B: 7, C: 3 }, B: { D: 2 }, C: { B: 1, D: 8 }, D: {} };
function dijkstra(g, from) {
  const dist = Object.fromEntries(Object.keys(g).map((k) => [k, Infinity]));
  dist[from] = 0;
  const todo = new Set(Object.keys(g));
  while (todo.size) {
    const u = [...todo].reduce((a, b) => (dist[a] <= dist[b] ? a : b));
    todo.delete(u);
    for (const [v, w] of Object.entries(g[u])) dist[v] = Math.min(dist[v], dist[u] + w);
  }
  return dist;
}
console.log(dijkstra(graph, 'A'));
const fib = (n, memo = new Map()) => (n < 2 ? n : memo.get(n) ?? (memo.set(n, fib(n - 1, memo) + fib(n - 2, memo)), memo.get(n)));
console.log(fib(50), fib(90));
const hanoi = (n, a, b, c) => (n === 0 ? 0 : hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a));
console.log(hanoi(10, 'A', 'B', 'C'));
const perms = (a) => (a.length < 2 ? [a] : a.flatMap((x, i) => perms([...a.slice(0, i), ...a.slice(i + 1)]).map((p) => [x, ...p])));
console.log(perms([1, 2, 3]), perms([1, 2, 3, 4]).length);
const gcd = (a, b) => (b ? gcd(b, a % b) : a);
console.log(gcd(1071, 462), [12, 18, 24].reduce((a, b) => (a * b) / gcd(a, b)));
const matrix = [[1, 2], [3, 4]];
const mul = (a, b) => a.map((r) => b[0].map((_, j) => r.reduce((s, x, k) => s + x * b[k][j], 0)));
console.log(mul(matrix, matrix), matrix[0].map((_, i) => matrix.map((r) => r[i])));
const nqueens = (n, row = 0, cols = 0, d1 = 0, d2 = 0) => {
  if (row === n) return 1;
  let c = 0;
  for (let free = ((1 << n) - 1) & ~(cols | d1 | d2); free; free &= free - 1) {
    const bit = free & -free;
    c += nqueens(n, row + 1, cols | bit, (d1 | bit) << 1, (d2 | bit) >> 1);
  }
  return c;
};
console.log([4, 5, 6, 7, 8].map((n) => nqueens(n)));
let depth = 0;
(function down(n) { depth = n; if (n < 9000) down(n + 1); })(0);
console.log(depth);
