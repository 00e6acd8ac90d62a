class LRUCache {
  #map = new Map();
  #hits = 0;
  #misses = 0;
  constructor(limit) { this.limit = limit; }
  get(key) {
    if (!this.#map.has(key)) { this.#misses++; return undefined; }
    const value = this.#map.get(key);
    this.#map.delete(key);
    this.#map.set(key, value);
    this.#hits++;
    return value;
  }
  set(key, value) {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size > this.limit) {
      const [oldest] = this.#map.keys();
      this.#map.delete(oldest);
      console.log('evicted', oldest);
    }
    return this;
  }
  get stats() { return { hits: this.#hits, misses: this.#misses, rate: (this.#hits / (this.#hits + this.#misses)).toFixed(2) }; }
  *[Symbol.iterator]() { yield* this.#map; }
  static isCache(x) { return #map in x; }
}
const c = new LRUCache(2);
c.set('a', 1).set('b', 2);
console.log(c.get('a'));
c.set('c', 3);
console.log(c.get('b'), c.get('c'), [...c], c.stats, c);
console.log(LRUCache.isCache(c), LRUCache.isCache({}));
const cached = (f, cache = new LRUCache(3)) => (x) => { let v = cache.get(x); if (v === undefined) cache.set(x, (v = f(x))); return v; };
let calls = 0;
const square = cached((x) => (calls++, x * x));
console.log([1, 2, 1, 3, 4, 2, 1].map(square), calls);
