const sleep = (ms, v) => new Promise((r) => setTimeout(r, ms, v));
console.log('1 sync');
setTimeout(() => console.log('7 timeout 0'), 0);
setImmediate(() => console.log('8 immediate or so'));
process.nextTick(() => console.log('3 tick'));
Promise.resolve().then(() => console.log('4 micro')).then(() => console.log('6 micro 2'));
queueMicrotask(() => console.log('5 queued'));
(async () => { console.log('2 async body'); await null; console.log('5b after await'); })();
async function fail() { throw new RangeError('nope'); }
(async () => {
  await sleep(20);
  console.log(await Promise.all([sleep(10, 'a'), 'b', sleep(5, 'c')]));
  console.log(await Promise.race([sleep(30, 'slow'), sleep(5, 'fast')]));
  console.log(await Promise.allSettled([Promise.reject(5), sleep(1, 'ok')]));
  console.log(await Promise.any([fail(), sleep(3, 'any')]));
  try { await Promise.any([fail(), fail()]); } catch (e) { console.log(e.name, e.message, e.errors.map((x) => x.message)); }
  try { await fail(); } catch (e) { console.log('caught', e.message); } finally { console.log('finally'); }
  const order = [];
  await Promise.all([3, 1, 2].map(async (n) => { await sleep(n * 8); order.push(n); }));
  console.log(order);
  let n = 0; await new Promise((r) => { const i = setInterval(() => { if (++n === 3) { clearInterval(i); r(); } }, 2); }); console.log('ticks', n);
  const t = setTimeout(() => console.log('never'), 5); clearTimeout(t); await sleep(10);
  const p = new Promise((_, rej) => setTimeout(() => rej(new Error('late')), 2)); console.log(await p.catch((e) => 'handled ' + e.message));
  console.log([Promise.resolve(1), Promise.resolve({ a: 1 }), new Promise(() => {})], Promise.reject(3).catch(() => {}) instanceof Promise);
  const pool = async (jobs, k) => { const out = []; let i = 0; await Promise.all(Array.from({ length: k }, async () => { while (i < jobs.length) { const j = i++; out[j] = await jobs[j](); } })); return out; };
  console.log(await pool([1, 2, 3, 4, 5].map((x) => () => sleep(6 - x, x * x)), 2));
  const { promise, resolve } = Promise.withResolvers?.() ?? {}; if (resolve) { resolve('wr'); await promise; }
  const thenable = { then(f) { f('thenable!'); } }; console.log(await thenable);
  const ac = new AbortController(); setTimeout(() => ac.abort(), 3);
  try { await new Promise((_, rej) => ac.signal.addEventListener('abort', () => rej(ac.signal.reason))); } catch (e) { console.log(e.name, e.message, ac.signal.aborted); }
  console.log('end');
})();
process.on('exit', (c) => console.log('exit', c));
console.log('2b main ends');
