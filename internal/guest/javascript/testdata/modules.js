// require, of Node's modules and of files beside this one.
const path = require('path'), { sum, PI2 } = require('./lib/math'), shapes = require('./lib/shapes/index.js'), data = require('./lib/data.json');
console.log(sum(1, 2, 3), PI2, shapes.area(2), data, require('./lib/math') === require('./lib/math.js'), require('./lib/shapes').area === shapes.area);
console.log(path.basename(__filename), path.basename(__dirname) !== '', typeof module, typeof exports, require.main === module, module.exports === exports, this === exports, typeof require.resolve);
try { require('./lib/none'); } catch (e) { console.log(e.code, e.message.split('\n')[0]); } try { require('no-such-package'); } catch (e) { console.log(e.code); }
console.log(require('./lib/cycle-a'), require('node:path') === path, typeof require('fs').promises.readFile, require('os').EOL === '\n', require('pkg').hello('x'), require('pkg/sub'));
import('./lib/esm.mjs').then((m) => { console.log(m.default, m.named, m.bump(), m.count, Object.keys(m)); console.log(m); return import('fs'); }).then((m) => console.log(typeof m.default.readFileSync, typeof m.readFileSync, m.default === require('fs')));
import('./lib/none.mjs').catch((e) => console.log(e.code)); try { require('./lib/throws'); } catch (e) { console.log(e.message); } try { require('./lib/syntax'); } catch (e) { console.log(e.name); }
console.log(require('./lib/math').counter(), require('./lib/math').counter(), typeof require.cache, path.basename(require.resolve('./lib/math')));
