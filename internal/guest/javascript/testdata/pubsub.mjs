const store = (reducer, state = reducer(undefined, {})) => { const subs = new Set(); return { get state() { return state; }, dispatch(a) { state = reducer(state, a); subs.forEach((f) => f(state)); return a; }, subscribe(f) { subs.add(f); return () => subs.delete(f); } }; };
const reducer = (s = { todos: [], filter: 'all' }, { type, ...a }) => { switch (type) { case 'add': return { ...s, todos: [...s.todos, { text: a.text, done: false }] }; case 'toggle': return { ...s, todos: s.todos.map((t, i) => (i === a.i ? { ...t, done: !t.done } : t)) }; case 'filter': return { ...s, filter: a.filter }; default: return s; } };
const st = store(reducer); const log = []; const off = st.subscribe((s) => log.push(s.todos.length));
st.dispatch({ type: 'add', text: 'a' }); st.dispatch({ type: 'add', text: 'b' }); st.dispatch({ type: 'toggle', i: 1 }); off(); st.dispatch({ type: 'filter', filter: 'done' });
console.log(st.state, log); const observable = (v) => { const fs = []; return { get value() { return v; }, set value(x) { const old = v; v = x; fs.forEach((f) => f(x, old)); }, watch: (f) => fs.push(f) }; };
const o = observable(1); o.watch((now, old) => console.log(old, '=>', now)); o.value = 2; o.value++; console.log(o.value, o);
export {};
