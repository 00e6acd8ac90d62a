function levenshtein(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
    row = next;
  }
  return row.at(-1);
}
for (const [a, b] of [['kitten', 'sitting'], ['flaw', 'lawn'], ['', 'abc'], ['same', 'same']]) console.log(a, b, levenshtein(a, b));
const NUMERALS = { M: 1000, CM: 900, D: 500, CD: 400, C: 100, XC: 90, L: 50, XL: 40, X: 10, IX: 9, V: 5, IV: 4, I: 1 };
const roman = (n) => Object.entries(NUMERALS).reduce((s, [sym, v]) => { while (n >= v) { s += sym; n -= v; } return s; }, '');
const arabic = (s) => s.match(/CM|CD|XC|XL|IX|IV|[MDCLXVI]/g).reduce((n, sym) => n + NUMERALS[sym], 0);
console.log([1, 4, 9, 14, 40, 90, 400, 1994, 2024, 3999].map(roman), Array.from({ length: 3999 }, (_, i) => i + 1).every((n) => arabic(roman(n)) === n));
const caesar = (s, k) => s.replace(/[a-z]/gi, (c) => { const base = c <= 'Z' ? 65 : 97; return String.fromCharCode(((c.charCodeAt(0) - base + k + 26) % 26) + base); });
console.log(caesar('Hello, World!', 3), caesar(caesar('Hello, World!', 3), -3));
const rle = (s) => s.replace(/(.)\1*/g, (run, c) => run.length + c), unrle = (s) => s.replace(/(\d+)(\D)/g, (_, n, c) => c.repeat(n));
console.log(rle('WWWWBBBCD'), unrle(rle('aaabccd')));
const palindrome = (s) => { const t = s.toLowerCase().replace(/[^a-z0-9]/g, ''); return t === [...t].reverse().join(''); };
console.log(palindrome('A man, a plan, a canal: Panama'), palindrome('nope'));
const anagrams = Object.values(['eat', 'tea', 'tan', 'ate', 'nat', 'bat'].reduce((m, w) => { (m[[...w].sort().join('')] ??= []).push(w); return m; }, {}));
console.log(anagrams, 'hello world'.split('').filter((c, i, a) => a.indexOf(c) === i).join(''));
const title = (s) => s.replace(/\b\w/g, (c) => c.toUpperCase()), camel = (s) => s.replace(/[-_ ]+(\w)/g, (_, c) => c.toUpperCase()), kebab = (s) => s.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
console.log(title('the quick brown fox'), camel('some_snake-case here'), kebab('someCamelCaseName'));
console.log('abc'.at(-1), 'abc'.padStart(6, '12'), 'a-b-c'.split('-', 2), ' x '.trim() + '|', 'x'.codePointAt(), '😀'.length, [...'😀é'].length, 'ß'.toUpperCase(), 'İ'.toLowerCase().length, 'abcdef'.substring(4, 1), 'abcdef'.substr(-3, 2), 'abcdef'.slice(2, -1));
console.log('a,b;c d'.split(/[,; ]/), 'test'.split(''), 'aXbX'.replaceAll('X', '$&$&'), 'x'.localeCompare('y'), 'é'.normalize('NFD').length, 'abc'.includes('bc', 2), String.raw`a\n${1}`, 'a\u0000b'.length, 'ab'.concat(1, null), 'lone \ud800'.isWellFormed());
console.log(escape('ä b'), encodeURIComponent('a b&c=d/é'), encodeURI('http://x/a b?c=é'), decodeURIComponent('%E2%82%AC'), btoa('hello'), atob('aGVsbG8='));
