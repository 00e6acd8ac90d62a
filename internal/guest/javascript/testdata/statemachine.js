class Machine {
  #state; #history = [];
  constructor(config) { this.config = config; this.#state = config.initial; }
  get state() { return this.#state; }
  send(event) {
    const next = this.config.states[this.#state].on?.[event];
    if (!next) throw new Error(`no transition for "${event}" from "${this.#state}"`);
    this.config.states[this.#state].exit?.();
    this.#history.push(`${this.#state} --${event}--> ${next}`);
    this.#state = next;
    this.config.states[next].enter?.();
    return this;
  }
  get history() { return [...this.#history]; }
}
const light = new Machine({ initial: 'green', states: { green: { on: { TIMER: 'yellow' }, exit: () => console.log('leaving green') }, yellow: { on: { TIMER: 'red' } }, red: { on: { TIMER: 'green' }, enter: () => console.log('stop!') } } });
for (let i = 0; i < 4; i++) light.send('TIMER');
console.log(light.state, light.history);
try { light.send('POWER'); } catch (e) { console.log(e.message); }
const turing = (tape, rules, state = 'A', head = 0) => { for (let steps = 0; state !== 'H'; steps++) { const [w, m, s] = rules[state + (tape[head] ?? 0)]; tape[head] = w; head += m; state = s; if (head < 0) { tape.unshift(0); head = 0; } } return tape; };
console.log(turing([0], { A0: [1, 1, 'B'], A1: [1, -1, 'B'], B0: [1, -1, 'A'], B1: [1, 1, 'H'] }).join(''));
