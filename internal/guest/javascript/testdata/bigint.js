console.log(2n ** 100n, 10n / 3n, -7n % 3n, 5n > 4, 2n == 2, 2n === 2, typeof 1n, [1n, 2n], { big: 123456789012345678901234567890n });
const fact = (n) => (n <= 1n ? 1n : n * fact(n - 1n)); console.log(fact(50n), String(fact(30n)).length, fact(25n).toString(36));
console.log(BigInt('0xff'), BigInt(2 ** 53), BigInt.asUintN(8, 257n), BigInt.asIntN(8, 255n), Number(123n), parseInt('12n'), (255n).toString(16), -5n >> 1n, 1n << 70n, 6n & 3n, ~5n);
try { 1n + 1; } catch (e) { console.log(e.name, e.message); } try { BigInt(1.5); } catch (e) { console.log(e.name); } try { 1n / 0n; } catch (e) { console.log(e.name, e.message); }
console.log([3n, 1, 2n].sort(), 0n ? 't' : 'f', (123456789n).toLocaleString('en-US'), 10n ** 18n, isNaN(Number('x')), 1n < 1.5, 9007199254740993n);
let a = 0n, b = 1n; for (let i = 0; i < 200; i++) [a, b] = [b, a + b]; console.log(a);
const modpow = (b, e, m) => { let r = 1n; for (b %= m; e > 0n; e >>= 1n, b = (b * b) % m) if (e & 1n) r = (r * b) % m; return r; }; console.log(modpow(3n, 10n ** 20n, 1000000007n));
const sqrt = (n) => { let x = n; for (let y = (x + 1n) / 2n; y < x; y = (x + n / x) / 2n) x = y; return x; }; console.log(sqrt(2n * 10n ** 60n));
