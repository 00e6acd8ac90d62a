const people = ['Ann 30', 'Bob 25', 'Cy 30', 'Di 25', 'Ed 30', 'Flo 41', 'Gus 25'].map((s) => {
  const [name, age] = s.split(' ');
  return { name, age: +age };
});
people.sort((a, b) => a.age - b.age);
console.log(people.map((p) => `${p.name}(${p.age})`).join(' '));
const many = Array.from({ length: 1000 }, (_, i) => ({ key: i % 7, i }));
many.sort((a, b) => b.key - a.key);
console.log(many.every((x, n) => n === 0 || many[n - 1].key > x.key || many[n - 1].i < x.i));
const by = (...keys) => (a, b) => {
  for (const k of keys) if (a[k] !== b[k]) return a[k] < b[k] ? -1 : 1;
  return 0;
};
console.table(people.toSorted(by('age', 'name')));
console.log(['ä', 'z', 'a', 'Z', 'A', 'é', 'e'].sort(), ['10', '9', '1'].sort(), ['10', '9', '1'].sort((a, b) => a - b));
console.log(['résumé', 'resume', 'Resume', 'zebra', 'apple'].sort((a, b) => a.localeCompare(b)));
try { [1, 2].sort(5); } catch (e) { console.log(e.name); }
