import fs, { existsSync } from 'node:fs';
import path from 'path';
import * as util from 'node:util';
import { EventEmitter, once } from 'events';
import def, { named as renamed, count, bump } from './lib/esm.mjs';
import math, { sum } from './lib/math.js';
import { readFile } from 'fs/promises';
export const exported = 1;
console.log(typeof fs.readFileSync, existsSync === fs.existsSync, path.extname('a.b'), util.format('%s', 1), typeof EventEmitter);
console.log(def, renamed, count, bump(), count, sum(4, 5), math.PI2, this);
const v = await new Promise((r) => setTimeout(r, 5, 'awaited')); console.log(v);
const { default: again } = await import('./lib/esm.mjs'); console.log(again === def, import.meta.url.endsWith('esm.mjs'), typeof import.meta.resolve);
try { count = 5; } catch (e) { console.log(e.name); }
for await (const x of (async function* () { yield 1; yield 2; })()) console.log(x);
console.log(JSON.parse(await readFile(new URL('./lib/data.json', import.meta.url), 'utf8')));
setTimeout(async () => { const e = new EventEmitter(); setTimeout(() => e.emit('x', 7), 1); console.log(await once(e, 'x')); });
process.nextTick(() => console.log('tick')); Promise.resolve().then(() => console.log('micro')); console.log('end');
