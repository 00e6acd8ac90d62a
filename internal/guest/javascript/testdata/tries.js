class Trie {
  root = {};
  insert(word) { let node = this.root; for (const ch of word) node = node[ch] ??= {}; node.$ = true; return this; }
  #find(prefix) { let node = this.root; for (const ch of prefix) if (!(node = node[ch])) return null; return node; }
  has(word) { return !!this.#find(word)?.$; }
  *words(prefix = '') {
    const walk = function* (node, text) { if (node.$) yield text; for (const ch of Object.keys(node).sort()) if (ch !== '$') yield* walk(node[ch], text + ch); };
    const node = this.#find(prefix);
    if (node) yield* walk(node, prefix);
  }
}
const t = new Trie();
'car card care cat dog do done'.split(' ').forEach((w) => t.insert(w));
console.log(t.has('car'), t.has('ca'), t.has('cart'), [...t.words('car')], [...t.words('x')], [...t.words()].length);
console.dir(t.root, { depth: 2 });
console.log(JSON.stringify(new Trie().insert('né').insert('no').root));
class MinHeap {
  #a = []; #cmp;
  constructor(cmp = (a, b) => a - b) { this.#cmp = cmp; }
  get size() { return this.#a.length; }
  push(x) { const a = this.#a; let i = a.push(x) - 1; while (i > 0) { const p = (i - 1) >> 1; if (this.#cmp(a[p], a[i]) <= 0) break; [a[p], a[i]] = [a[i], a[p]]; i = p; } }
  pop() {
    const a = this.#a, top = a[0], last = a.pop();
    if (a.length) { a[0] = last; for (let i = 0; ; ) { let m = i; for (const k of [2 * i + 1, 2 * i + 2]) if (k < a.length && this.#cmp(a[k], a[m]) < 0) m = k; if (m === i) break; [a[m], a[i]] = [a[i], a[m]]; i = m; } }
    return top;
  }
}
const h = new MinHeap((a, b) => a.p - b.p);
[['write', 3], ['eat', 1], ['sleep', 2], ['code', 0]].forEach(([task, p]) => h.push({ task, p }));
while (h.size) { const { task, p } = h.pop(); console.log(p, task); }
console.log(h.pop());
class UnionFind {
  constructor(n) { this.parent = [...Array(n).keys()]; this.count = n; }
  find(x) { return this.parent[x] === x ? x : (this.parent[x] = this.find(this.parent[x])); }
  union(a, b) { [a, b] = [this.find(a), this.find(b)]; if (a === b) return false; this.parent[a] = b; this.count--; return true; }
}
const edges = [[0, 1, 7], [0, 3, 5], [1, 2, 8], [1, 3, 9], [1, 4, 7], [2, 4, 5], [3, 4, 15], [3, 5, 6], [4, 5, 8], [4, 6, 9], [5, 6, 11]];
const uf = new UnionFind(7);
const tree = edges.toSorted((a, b) => a[2] - b[2]).filter(([a, b]) => uf.union(a, b));
console.log(tree, tree.reduce((s, [, , w]) => s + w, 0), uf.count);
