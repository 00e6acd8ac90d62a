// Money in cents, and an audit of what happened.
const money = (cents) => `${cents < 0 ? '-' : ''}$${Math.floor(Math.abs(cents) / 100).toLocaleString('en-US')}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
console.log([0, 5, 123456789, -250].map(money));
function amortize(principal, rate, months) {
  const r = rate / 12, pay = (principal * r) / (1 - (1 + r) ** -months);
  const rows = [];
  for (let m = 1, left = principal; m <= months; m++) {
    const interest = left * r;
    left -= pay - interest;
    rows.push({ m, pay: pay.toFixed(2), interest: interest.toFixed(2), left: Math.abs(left).toFixed(2) });
  }
  return rows;
}
console.table(amortize(10000, 0.06, 6));
const compound = (p, r, n) => Array.from({ length: n }, (_, i) => +(p * (1 + r) ** (i + 1)).toFixed(2));
console.log(compound(1000, 0.05, 5));
const tax = (income) => [[10000, 0.1], [40000, 0.2], [Infinity, 0.4]].reduce(([due, floor], [top, rate]) => [due + Math.max(0, Math.min(income, top) - floor) * rate, top], [0, 0])[0];
console.log([5000, 25000, 100000].map(tax));
const change = (cents) => [2000, 1000, 500, 100, 25, 10, 5, 1].reduce(([left, out], coin) => [left % coin, left >= coin ? { ...out, [coin]: Math.floor(left / coin) } : out], [cents, {}])[1];
console.log(change(4167));
const ledger = [{ from: 'a', to: 'b', amt: 50 }, { from: 'b', to: 'c', amt: 20 }, { from: 'a', to: 'c', amt: 5 }];
console.log(ledger.reduce((t, { from, to, amt }) => ({ ...t, [from]: (t[from] ?? 0) - amt, [to]: (t[to] ?? 0) + amt }), {}));
