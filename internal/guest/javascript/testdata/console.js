console.table([{ a: 1, b: 'x' }, { a: 22, c: true }]); console.table([[1, 2], [3, 4]]); console.table([1, 'two', { three: 3 }]); console.table({ r1: { c: 1 }, r2: { c: 2 } }); console.table([{ a: 1, b: 2 }], ['b']); console.table(new Map([['k', 1]])); console.table(new Set([5])); console.table('plain'); console.table([]); console.table([{ o: { deep: 1 }, l: [1, 2, 3, 4], '日本': '中' }]);
console.group('Group'); console.log('inside'); console.group(); console.log('deeper\nlines'); console.info({ a: 1, b: { c: 'x'.repeat(70) } }); console.groupEnd(); console.groupEnd(); console.log('out');
console.count(); console.count('x'); console.count(); console.countReset(); console.count();
console.assert(true, 'not shown'); console.assert(false, 'to stderr %s', 'x'); console.error('stderr'); console.warn('stderr too');
console.log(); console.log(''); console.log(' '); console.log('a', '', 'b'); console.log(undefined, null); console.log('%s'); console.log('%%', '%%'); console.log('%s %s', 'only one'); console.log('%d%%', 50);
const { log } = console; log('detached'); [1, 2].forEach(console.log); console.debug('debug'); console.log(typeof console.time, typeof console.trace, Object.prototype.toString.call(console));
process.stdout.write('no newline'); process.stdout.write('\n'); console.log(console.log.name, process.stdout.isTTY, typeof process.stdout.columns);
const c = new console.Console(process.stdout, process.stderr); c.log('own console', { a: [1] }); console.dir([1, { a: 2 }]); console.log(-1.50, 'x', true, [true], 1n, Symbol('s'));
