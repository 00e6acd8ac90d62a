function run(src, input = '') {
  const jump = {}, stack = [], tape = new Uint8Array(300); let out = '', p = 0, at = 0;
  for (let i = 0; i < src.length; i++) if (src[i] === '[') stack.push(i); else if (src[i] === ']') { const o = stack.pop(); jump[o] = i; jump[i] = o; }
  loop: for (let i = 0; i < src.length; i++) {
    switch (src[i]) {
      case '>': p++; break;
      case '<': p--; break;
      case '+': tape[p]++; break;
      case '-': tape[p]--; break;
      case '.': out += String.fromCharCode(tape[p]); break;
      case ',': tape[p] = input.charCodeAt(at++) || 0; break;
      case '[': if (!tape[p]) i = jump[i]; break;
      case ']': if (tape[p]) i = jump[i]; break;
      case '#': break loop;
      default: continue;
    }
  }
  return out;
}
console.log(run('++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+.').trim());
console.log(run(',[.,]', 'echo'));
const lisp = (src) => { const t = src.match(/[()]|[^\s()]+/g); const read = () => { const x = t.shift(); if (x !== '(') return isNaN(x) ? x : +x; const l = []; while (t[0] !== ')') l.push(read()); t.shift(); return l; }; return read(); };
const env0 = { '+': (...a) => a.reduce((x, y) => x + y), '*': (...a) => a.reduce((x, y) => x * y), '-': (a, b) => a - b, '<': (a, b) => a < b, list: (...a) => a };
const ev = (x, env) => { if (typeof x === 'string') return env[x]; if (!Array.isArray(x)) return x; switch (x[0]) { case 'if': return ev(ev(x[1], env) ? x[2] : x[3], env); case 'define': return void (env[x[1]] = ev(x[2], env)); case 'lambda': return (...a) => ev(x[2], Object.assign(Object.create(env), Object.fromEntries(x[1].map((n, i) => [n, a[i]])))); default: { const [f, ...a] = x.map((y) => ev(y, env)); return f(...a); } } };
const env = Object.create(env0); ev(lisp('(define fact (lambda (n) (if (< n 2) 1 (* n (fact (- n 1))))))'), env); console.log(lisp('(a (b 1) 2)'), ev(lisp('(list (fact 5) (fact 20) (+ 1 2 3))'), env));
