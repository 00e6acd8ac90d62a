class Graph {
  #edges = new Map();
  add(from, to, weight = 1) {
    if (!this.#edges.has(from)) this.#edges.set(from, []);
    if (!this.#edges.has(to)) this.#edges.set(to, []);
    this.#edges.get(from).push({ to, weight });
    return this;
  }
  get nodes() { return [...this.#edges.keys()]; }
  bfs(start) {
    const seen = new Set([start]), queue = [start];
    for (const node of queue) for (const { to } of this.#edges.get(node)) if (!seen.has(to)) { seen.add(to); queue.push(to); }
    return queue;
  }
  *dfs(node, seen = new Set()) {
    if (seen.has(node)) return;
    seen.add(node);
    yield node;
    for (const { to } of this.#edges.get(node)) yield* this.dfs(to, seen);
  }
  dijkstra(start) {
    const dist = Object.fromEntries(this.nodes.map((n) => [n, Infinity]));
    dist[start] = 0;
    const left = new Set(this.nodes);
    while (left.size) {
      const node = [...left].reduce((a, b) => (dist[b] < dist[a] ? b : a));
      left.delete(node);
      for (const { to, weight } of this.#edges.get(node)) dist[to] = Math.min(dist[to], dist[node] + weight);
    }
    return dist;
  }
  topological() {
    const degree = new Map(this.nodes.map((n) => [n, 0]));
    for (const list of this.#edges.values()) for (const { to } of list) degree.set(to, degree.get(to) + 1);
    const ready = this.nodes.filter((n) => degree.get(n) === 0), out = [];
    while (ready.length) {
      const node = ready.shift();
      out.push(node);
      for (const { to } of this.#edges.get(node)) {
        degree.set(to, degree.get(to) - 1);
        if (!degree.get(to)) ready.push(to);
      }
    }
    if (out.length < this.nodes.length) throw new Error('cycle detected');
    return out;
  }
}
const g = new Graph().add('A', 'B', 4).add('A', 'C', 2).add('C', 'B', 1).add('B', 'D', 5).add('C', 'D', 8).add('D', 'E', 3);
g.add('X', 'Y');
console.log(g.nodes, g.bfs('A'), [...g.dfs('A')]);
console.log(g.dijkstra('A'));
console.log(g.topological().join(' -> '));
try { g.add('E', 'A').topological(); } catch (e) { console.log(`${e}`); }
console.log(g);
// Floyd-Warshall
const n = 4, d = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 0 : Infinity)));
for (const [a, b, w] of [[0, 1, 3], [1, 2, -2], [2, 3, 2], [3, 1, 4], [0, 2, 6]]) d[a][b] = w;
for (let k = 0; k < n; k++) for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) d[i][j] = Math.min(d[i][j], d[i][k] + d[k][j]);
console.log(d);
