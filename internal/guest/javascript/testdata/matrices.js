class Matrix {
  constructor(rows) { this.rows = rows; }
  static identity(n) { return new Matrix(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => +(i === j)))); }
  static from(r, c, f) { return new Matrix(Array.from({ length: r }, (_, i) => Array.from({ length: c }, (_, j) => f(i, j)))); }
  get size() { return [this.rows.length, this.rows[0].length]; }
  transpose() { return new Matrix(this.rows[0].map((_, j) => this.rows.map((r) => r[j]))); }
  times(o) {
    if (this.size[1] !== o.size[0]) throw new RangeError(`cannot multiply ${this.size.join('x')} by ${o.size.join('x')}`);
    const cols = o.transpose().rows;
    return new Matrix(this.rows.map((r) => cols.map((c) => r.reduce((s, x, i) => s + x * c[i], 0))));
  }
  power(n) { return n === 0 ? Matrix.identity(this.size[0]) : n % 2 ? this.times(this.power(n - 1)) : this.times(this).power(n / 2); }
  determinant() {
    const [n] = this.size;
    if (n === 1) return this.rows[0][0];
    return this.rows[0].reduce((s, x, j) => s + (-1) ** j * x * new Matrix(this.rows.slice(1).map((r) => r.filter((_, k) => k !== j))).determinant(), 0);
  }
  solve(b) {
    const m = this.rows.map((r, i) => [...r, b[i]]), n = m.length;
    for (let i = 0; i < n; i++) {
      const p = m.slice(i).reduce((best, r, k) => (Math.abs(r[i]) > Math.abs(m[best][i]) ? k + i : best), i);
      [m[i], m[p]] = [m[p], m[i]];
      for (let k = i + 1; k < n; k++) { const f = m[k][i] / m[i][i]; for (let j = i; j <= n; j++) m[k][j] -= f * m[i][j]; }
    }
    const x = Array(n);
    for (let i = n - 1; i >= 0; i--) x[i] = (m[i][n] - m[i].slice(i + 1, n).reduce((s, v, k) => s + v * x[i + 1 + k], 0)) / m[i][i];
    return x;
  }
  toString() { const w = Math.max(...this.rows.flat().map((x) => String(x).length)); return this.rows.map((r) => r.map((x) => String(x).padStart(w)).join(' ')).join('\n'); }
}
const a = new Matrix([[1, 2], [3, 4]]), b = Matrix.from(2, 3, (i, j) => i * 3 + j);
console.log(String(a.times(b)), a.size, b.transpose().size);
console.log(`${a.power(10)}`);
console.log(a.determinant(), new Matrix([[2, -3, 1], [2, 0, -1], [1, 4, 5]]).determinant());
console.log(new Matrix([[2, 1, -1], [-3, -1, 2], [-2, 1, 2]]).solve([8, -11, -3]).map((x) => +x.toFixed(6)));
try { b.times(b); } catch (e) { console.log(e.name, e.message); }
console.log(Matrix.identity(3), new Matrix([[1, 1], [1, 0]]).power(50).rows[0][1]);
const spiral = (m) => { const out = []; while (m.length) { out.push(...m.shift()); m = m[0]?.map((_, j) => m.map((r) => r[r.length - 1 - j])) ?? []; } return out; };
console.log(spiral([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]));
