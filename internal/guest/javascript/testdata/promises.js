const sleep = (ms, v, fail) => new Promise((res, rej) => setTimeout(fail ? rej : res, ms, fail ? new Error(v) : v));
async function main() {
  console.log(await Promise.all([sleep(6, 'a'), sleep(2, 'b'), 'c']));
  console.log(await Promise.race([sleep(20, 'slow'), sleep(1, 'fast')]));
  console.log(await Promise.allSettled([sleep(1, 'ok'), sleep(2, 'bad', true), Promise.reject(7)]).then((r) => r.map(({ status, value, reason }) => [status, value ?? reason.message ?? reason])));
  console.log(await Promise.any([sleep(1, 'no', true), sleep(5, 'yes')]));
  try { await Promise.any([Promise.reject(1), sleep(1, 'x', true)]); } catch (e) { console.log(e.name, e.errors.length, e.message); }
  const retry = async (f, n) => { for (let i = 1; ; i++) try { return await f(i); } catch (e) { console.log(`attempt ${i}: ${e.message}`); if (i === n) throw e; } };
  console.log(await retry(async (i) => { if (i < 3) throw new Error('flaky'); return `done after ${i}`; }, 5));
  await retry(() => sleep(0, 'always', true), 2).catch((e) => console.log('gave up', e.message)).finally(() => console.log('finally'));
  const pool = async (tasks, n) => { const out = []; let i = 0, running = 0, most = 0; await Promise.all(Array.from({ length: n }, async () => { while (i < tasks.length) { const k = i++; most = Math.max(most, ++running); out[k] = await tasks[k](); running--; } })); return { out, most }; };
  console.log(await pool([5, 1, 4, 2, 3].map((x) => () => sleep(x, x * x)), 2));
  const timeout = (p, ms) => Promise.race([p, sleep(ms, 'timed out', true)]);
  await timeout(sleep(50, 'late'), 3).catch((e) => console.log(e.message));
  console.log(await [1, 2, 3].reduce(async (acc, x) => (await acc) + x, Promise.resolve(0)), await { then(r) { r('thenable'); } });
  const c = new AbortController(); setTimeout(() => c.abort(), 2);
  await new Promise((_, rej) => c.signal.addEventListener('abort', () => rej(c.signal.reason))).catch((e) => console.log(e.name, e.message));
  console.log(Promise.resolve(1), Promise.reject(new Error('x')).catch(() => {}) instanceof Promise, sleep(1), (async () => {})());
}
main().then(() => console.log('end'));
async function* pages(n) { for (let i = 1; i <= n; i++) { await sleep(1); yield { page: i, items: [i * 10, i * 10 + 1] }; } }
(async () => { const seen = []; for await (const { items } of pages(3)) seen.push(...items); await sleep(150); console.log(seen); })();
