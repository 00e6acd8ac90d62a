// Sorting algorithms, each against the built-in one.
const bubble = (a) => {
  a = [...a];
  for (let i = 0; i < a.length; i++) {
    let swapped = false;
    for (let j = 0; j < a.length - i - 1; j++) {
      if (a[j] > a[j + 1]) {
        [a[j], a[j + 1]] = [a[j + 1], a[j]];
        swapped = true;
      }
    }
    if (!swapped) break;
  }
  return a;
};
const insertion = (a) => {
  a = a.slice();
  for (let i = 1; i < a.length; i++) {
    const x = a[i];
    let j = i - 1;
    while (j >= 0 && a[j] > x) a[j + 1] = a[j--];
    a[j + 1] = x;
  }
  return a;
};
function merge(a) {
  if (a.length < 2) return a;
  const mid = a.length >> 1;
  const left = merge(a.slice(0, mid)), right = merge(a.slice(mid));
  const out = [];
  while (left.length && right.length) out.push(left[0] <= right[0] ? left.shift() : right.shift());
  return out.concat(left, right);
}
function quick([pivot, ...rest]) {
  if (pivot === undefined) return [];
  return [...quick(rest.filter((x) => x < pivot)), pivot, ...quick(rest.filter((x) => x >= pivot))];
}
function heap(a) {
  a = Array.from(a);
  const sift = (i, n) => {
    for (;;) {
      let big = i;
      for (const c of [2 * i + 1, 2 * i + 2]) if (c < n && a[c] > a[big]) big = c;
      if (big === i) return;
      [a[i], a[big]] = [a[big], a[i]];
      i = big;
    }
  };
  for (let i = a.length >> 1; i >= 0; i--) sift(i, a.length);
  for (let n = a.length - 1; n > 0; n--) {
    [a[0], a[n]] = [a[n], a[0]];
    sift(0, n);
  }
  return a;
}
const counting = (a) => {
  const counts = new Uint32Array(Math.max(...a) + 1);
  for (const x of a) counts[x]++;
  return [...counts].flatMap((n, x) => Array(n).fill(x));
};
let seed = 42;
const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
const input = Array.from({ length: 200 }, () => random() % 1000);
const expected = input.toSorted((a, b) => a - b).join();
for (const f of [bubble, insertion, merge, quick, heap, counting]) console.log(f.name.padEnd(10), f(input).join() === expected ? 'ok' : 'WRONG');
console.log(input.slice(0, 8), input.toSorted().slice(0, 5));
console.log(['b', undefined, 'a', , 'c'].sort(), [3, 20, 100].sort(), [true, false].sort());
