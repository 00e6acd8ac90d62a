// Dynamic programming.
function knapsack(items, capacity) {
  const best = Array.from({ length: items.length + 1 }, () => new Array(capacity + 1).fill(0));
  items.forEach(({ weight, value }, i) => {
    for (let c = 0; c <= capacity; c++) best[i + 1][c] = Math.max(best[i][c], c >= weight ? best[i][c - weight] + value : 0);
  });
  const taken = [];
  for (let i = items.length, c = capacity; i > 0; i--) if (best[i][c] !== best[i - 1][c]) { taken.unshift(items[i - 1].name); c -= items[i - 1].weight; }
  return { value: best.at(-1).at(-1), taken };
}
console.log(knapsack([{ name: 'map', weight: 9, value: 150 }, { name: 'water', weight: 13, value: 35 }, { name: 'sandwich', weight: 50, value: 160 }, { name: 'glucose', weight: 15, value: 60 }, { name: 'tin', weight: 68, value: 45 }], 80));
function lcs(a, b) {
  const t = Array.from({ length: a.length + 1 }, () => Array(b.length + 1).fill(''));
  for (let i = 1; i <= a.length; i++) for (let j = 1; j <= b.length; j++) t[i][j] = a[i - 1] === b[j - 1] ? t[i - 1][j - 1] + a[i - 1] : t[i - 1][j].length >= t[i][j - 1].length ? t[i - 1][j] : t[i][j - 1];
  return t[a.length][b.length];
}
console.log(lcs('AGGTAB', 'GXTXAYB'), lcs('the quick brown', 'a thick crown'), JSON.stringify(lcs('abc', 'xyz')));
const change = (coins, total) => {
  const least = [0];
  for (let t = 1; t <= total; t++) least[t] = 1 + Math.min(...coins.map((c) => least[t - c] ?? Infinity));
  return least[total];
};
console.log(change([1, 5, 10, 25], 63), change([4, 6], 7), change([1, 3, 4], 6));
const ways = (coins, total) => coins.reduce((w, c) => { for (let t = c; t <= total; t++) w[t] += w[t - c]; return w; }, [1, ...Array(total).fill(0)])[total];
console.log(ways([1, 2, 5, 10, 20, 50, 100, 200], 200));
const lis = (a) => {
  const tails = [];
  for (const x of a) {
    let lo = 0, hi = tails.length;
    while (lo < hi) { const mid = (lo + hi) >>> 1; if (tails[mid] < x) lo = mid + 1; else hi = mid; }
    tails[lo] = x;
  }
  return tails.length;
};
console.log(lis([10, 9, 2, 5, 3, 7, 101, 18]), lis([]), lis([7, 7, 7]));
const maxSub = (a) => a.reduce(([best, here], x) => { here = Math.max(x, here + x); return [Math.max(best, here), here]; }, [-Infinity, 0])[0];
console.log(maxSub([-2, 1, -3, 4, -1, 2, 1, -5, 4]), maxSub([-3, -1, -2]));
const fib = ((memo) => function fib(n) { return n < 2 ? BigInt(n) : (memo[n] ??= fib(n - 1) + fib(n - 2)); })({});
console.log(fib(90), String(fib(200)), Array.from({ length: 12 }, (_, i) => Number(fib(i))));
const paths = (r, c) => (r === 1 || c === 1 ? 1 : paths(r - 1, c) + paths(r, c - 1));
console.log(paths(8, 8));
