// All times are in UTC.
const d = new Date(Date.UTC(2024, 1, 29, 13, 5, 9, 7));
console.log(d, [d], { d }, d.toISOString(), d.toJSON(), JSON.stringify({ d }));
console.log(d.getFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCDay(), d.getUTCHours(), d.getTime());
console.log(new Date('2024-03-10'), new Date('2024-03-10T10:20:30Z'), new Date('2024-03-10T10:20:30+02:00'));
console.log(new Date(NaN), String(new Date(NaN)), new Date('nope').getTime());
console.log(Date.parse('Thu, 01 Jan 1970 00:00:00 GMT'), Date.parse('2000-01-01'), Date.UTC(2000, 0));
const add = (x, n) => new Date(x.getTime() + n * 86400000);
console.log(add(d, 1).toISOString().slice(0, 10), add(d, 366).toISOString().slice(0, 10));
console.log(new Date(Date.UTC(2024, 0, 31)).toUTCString(), d.toUTCString());
console.log(new Date(2024, 0, 31, 12).toISOString(), new Date(2023, 1, 31).toISOString());
console.log(d.toString(), '|', d.toDateString(), '|', d.toTimeString());
console.log(d.toLocaleDateString('en-US'), d.toLocaleTimeString('en-US'), d.toLocaleString('en-US'));
console.log(d.toLocaleDateString('en-US', { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }));
console.log(d.toLocaleDateString('en-US', { month: 'short', day: 'numeric' }), d.toLocaleDateString('en-US', { year: '2-digit', month: '2-digit', day: '2-digit' }));
console.log(d.toLocaleDateString('en-GB'), d.toLocaleDateString('en-CA'), d.toLocaleDateString('de-DE'));
console.log(d.toLocaleTimeString('en-US', { hour: '2-digit', minute: '2-digit' }), d.toLocaleTimeString('en-US', { hour12: false }));
console.log(new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' }).format(d), new Intl.DateTimeFormat('en-US').format(d));
const leap = (y) => new Date(Date.UTC(y, 1, 29)).getUTCMonth() === 1;
console.log([1900, 2000, 2023, 2024].map(leap), d - add(d, -1), d > add(d, -1), +d === d.valueOf());
const week = (x) => { const t = new Date(x); t.setUTCDate(t.getUTCDate() + 4 - (t.getUTCDay() || 7)); return Math.ceil(((t - Date.UTC(t.getUTCFullYear(), 0, 1)) / 86400000 + 1) / 7); };
console.log(['2024-01-01', '2024-12-30', '2021-01-03'].map((x) => week(new Date(x))));
const e = new Date(0); e.setUTCFullYear(2030, 5, 15); e.setUTCHours(1, 2, 3, 4); console.log(e.toISOString(), e.getTimezoneOffset());
console.log(new Date(8.64e15).toISOString(), new Date(8.64e15 + 1).getTime(), new Date(-1).toISOString(), new Date(-62198755200000).toISOString());
console.log(typeof Date.now(), Math.abs(Date.now() - new Date()) < 1000, new Date(2020, 5).getMonth(), new Date('2020-02-30').getTime());
try { new Date(NaN).toISOString(); } catch (err) { console.log(err.name, err.message); }
