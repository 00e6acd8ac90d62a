const factorial = (n) => { let r = 1n; for (let i = 2n; i <= n; i++) r *= i; return r; };
console.log(factorial(25n), factorial(100n).toString().length, [...factorial(100n).toString()].reduce((s, d) => s + +d, 0));
console.log(2n ** 100n, -7n / 2n, -7n % 3n, 5n & 3n, 5n | 8n, 5n ^ 1n, ~5n, 1n << 70n, -1n >> 3n, 10n > 9, 2n == 2, 2n === 2, typeof 1n);
console.log(BigInt('0xff'), BigInt('0b101'), BigInt(' 12 '), BigInt(2 ** 53), (255n).toString(16), BigInt.asUintN(8, 257n), BigInt.asIntN(8, 255n), Number(2n ** 64n), parseInt('9007199254740993'), 9007199254740993n);
for (const f of [() => 1n + 1, () => BigInt(1.5), () => BigInt('x'), () => 1n / 0n, () => Math.max(1n), () => JSON.stringify({ a: 1n }), () => +1n, () => 2n ** -1n]) try { console.log(f()); } catch (e) { console.log(e.name); }
function addStrings(a, b) { let out = '', carry = 0; for (let i = 1; i <= Math.max(a.length, b.length) || carry; i++) { const s = +(a.at(-i) ?? 0) + +(b.at(-i) ?? 0) + carry; out = (s % 10) + out; carry = s > 9 ? 1 : 0; if (i > 100) break; } return out; }
console.log(addStrings('99999999999999999999', '1'), addStrings('123', '989'));
const sqrt = (n) => { let x = n; for (let y = (x + 1n) / 2n; y < x; y = (x + n / x) / 2n) x = y; return x; };
console.log(sqrt(2n * 10n ** 60n), [3n, 1, 2n, 10].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), (123456789n).toLocaleString());
console.log(JSON.stringify({ big: 12345678901234567890n }, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)), 0n ? 'truthy' : 'falsy', new Map([[1n, 'a']]).get(1n), new BigInt64Array([1n, -1n]), [1n, { x: 2n }]);
