import { strict as assert } from 'node:assert';
import { EOL } from 'node:os';
import { readFileSync, writeFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
const stock = new Map(Object.entries({ apple: 3, pear: 0, plum: 12 }));
export class Inventory {
  #items;
  constructor(items) { this.#items = new Map(items); }
  static async load(file) { await sleep(1); return new Inventory(JSON.parse(readFileSync(file, 'utf8'))); }
  save(file) { writeFileSync(file, JSON.stringify([...this.#items])); return this; }
  take(name, n = 1) { const have = this.#items.get(name) ?? 0; if (have < n) throw new RangeError(`only ${have} of ${name}`); this.#items.set(name, have - n); return this; }
  get total() { return [...this.#items.values()].reduce((a, b) => a + b, 0); }
}
const inv = new Inventory(stock).take('plum', 2).save('/tmp/inventory.json');
const again = await Inventory.load('/tmp/inventory.json');
assert.equal(again.total, inv.total);
console.log(again.total, JSON.stringify(EOL));
try { again.take('pear'); } catch ({ name, message }) { console.log(name, message); }
rmSync('/tmp/inventory.json');
const { default: os } = await import('node:os');
console.log(os.EOL === EOL, this === undefined);
export default inv;
