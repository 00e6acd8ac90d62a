function queens(n) {
  const out = [];
  const place = (row, cols, d1, d2, board) => {
    if (row === n) return void out.push(board);
    for (let c = 0; c < n; c++) {
      if (cols.has(c) || d1.has(row + c) || d2.has(row - c)) continue;
      place(row + 1, new Set(cols).add(c), new Set(d1).add(row + c), new Set(d2).add(row - c), [...board, c]);
    }
  };
  place(0, new Set(), new Set(), new Set(), []);
  return out;
}
for (let n = 1; n <= 7; n++) console.log(n, queens(n).length);
console.log(queens(6)[0].map((c) => '.'.repeat(c) + 'Q' + '.'.repeat(5 - c)).join('\n'));
// Sudoku by backtracking
const puzzle = '53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79';
function solve(cells) {
  let best = -1, options;
  for (let i = 0; i < 81; i++) {
    if (cells[i] !== '.') continue;
    const r = Math.floor(i / 9), c = i % 9, used = new Set();
    for (let k = 0; k < 9; k++) used.add(cells[r * 9 + k]).add(cells[k * 9 + c]).add(cells[(r - (r % 3) + Math.floor(k / 3)) * 9 + c - (c % 3) + (k % 3)]);
    const free = [...'123456789'].filter((d) => !used.has(d));
    if (best < 0 || free.length < options.length) [best, options] = [i, free];
  }
  if (best < 0) return cells;
  for (const d of options) { const next = solve(cells.with(best, d)); if (next) return next; }
  return null;
}
const solved = solve([...puzzle]);
for (let r = 0; r < 9; r++) console.log(solved.slice(r * 9, r * 9 + 9).join(' '));
// Permutations, combinations, power sets
const permutations = (a) => (a.length < 2 ? [a] : a.flatMap((x, i) => permutations(a.toSpliced(i, 1)).map((p) => [x, ...p])));
console.log(permutations(['a', 'b', 'c']).map((p) => p.join('')), permutations([1, 2, 3, 4, 5]).length);
const choose = (a, k) => (k === 0 ? [[]] : a.flatMap((x, i) => choose(a.slice(i + 1), k - 1).map((c) => [x, ...c])));
console.log(choose([1, 2, 3, 4], 2));
console.log([1, 2, 3].reduce((sets, x) => sets.concat(sets.map((s) => [...s, x])), [[]]));
const hanoi = (n, a = 'A', b = 'B', c = 'C') => (n ? [...hanoi(n - 1, a, c, b), a + c, ...hanoi(n - 1, b, a, c)] : []);
console.log(hanoi(3).join(' '), hanoi(10).length);
