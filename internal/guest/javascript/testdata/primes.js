function sieve(n) {
  const composite = new Uint8Array(n + 1);
  const primes = [];
  for (let i = 2; i <= n; i++) {
    if (composite[i]) continue;
    primes.push(i);
    for (let j = i * i; j <= n; j += i) composite[j] = 1;
  }
  return primes;
}
const primes = sieve(100000);
console.log(primes.length, primes.slice(0, 10), primes.at(-1));
const factors = (n) => {
  const out = {};
  for (let p = 2; p * p <= n; p++) while (n % p === 0) { out[p] = (out[p] ?? 0) + 1; n /= p; }
  if (n > 1) out[n] = (out[n] ?? 0) + 1;
  return out;
};
for (const n of [360, 97, 1001, 2 ** 20, 600851475143]) console.log(n, '=', Object.entries(factors(n)).map(([p, e]) => (e > 1 ? `${p}^${e}` : p)).join(' × '));
const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const lcm = (...n) => n.reduce((a, b) => (a * b) / gcd(a, b));
console.log(gcd(1071, 462), lcm(...Array.from({ length: 20 }, (_, i) => i + 1)));
const perfect = []; for (let i = 2; i < 10000; i++) { let s = 1; for (let d = 2; d * d <= i; d++) if (i % d === 0) s += d + (d * d !== i ? i / d : 0); if (s === i) perfect.push(i); }
console.log(perfect);
function powmod(b, e, m) { let r = 1n; b %= m; while (e > 0n) { if (e & 1n) r = (r * b) % m; b = (b * b) % m; e >>= 1n; } return r; }
const probablyPrime = (n) => [2n, 3n, 5n, 7n, 11n, 13n].every((a) => n === a || powmod(a, n - 1n, n) === 1n);
console.log([2n ** 61n - 1n, 2n ** 67n - 1n, 1000000007n, 1000000011n].map((n) => [n, probablyPrime(n)]));
console.log(primes.filter((p, i) => primes[i + 1] - p === 2).length, 'twin primes');
let collatz = { n: 1, steps: 0 }; for (let n = 1; n < 3000; n++) { let steps = 0; for (let x = n; x !== 1; x = x % 2 ? 3 * x + 1 : x / 2) steps++; if (steps > collatz.steps) collatz = { n, steps }; } console.log(collatz);
