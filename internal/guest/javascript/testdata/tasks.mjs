import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
class Scheduler extends EventEmitter {
  #queue = []; #running = 0;
  constructor(limit) { super(); this.limit = limit; }
  add(name, ms) { this.#queue.push({ name, ms }); queueMicrotask(() => this.#next()); return this; }
  async #next() {
    if (this.#running >= this.limit || !this.#queue.length) return;
    const { name, ms } = this.#queue.shift();
    this.#running++;
    this.emit('start', name);
    await sleep(ms);
    this.#running--;
    this.emit('done', name);
    if (!this.#running && !this.#queue.length) this.emit('idle');
    else this.#next();
  }
}
const s = new Scheduler(2);
s.on('start', (n) => console.log('start', n)).on('done', (n) => console.log('done', n));
s.add('slow', 60).add('quick', 5).add('last', 5);
await once(s, 'idle');
console.log('idle');
