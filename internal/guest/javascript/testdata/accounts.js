class InsufficientFunds extends Error {
  constructor(balance, amount) { super(`balance ${balance} is less than ${amount}`); this.name = 'InsufficientFunds'; this.missing = amount - balance; }
}
class Account {
  static #next = 1;
  static interest = 0.02;
  #balance = 0;
  #log = [];
  constructor(owner) { this.owner = owner; this.id = Account.#next++; }
  get balance() { return this.#balance; }
  set balance(_) { throw new TypeError('balance is read-only'); }
  deposit(x) { if (!(x > 0)) throw new RangeError('amount must be positive'); this.#balance += x; this.#record('deposit', x); return this; }
  withdraw(x) { if (x > this.#balance) throw new InsufficientFunds(this.#balance, x); this.#balance -= x; this.#record('withdraw', x); return this; }
  #record(kind, amount) { this.#log.push({ kind, amount, balance: this.#balance }); }
  get history() { return structuredClone(this.#log); }
  static transfer(from, to, x) { from.withdraw(x); to.deposit(x); }
  toJSON() { return { id: this.id, owner: this.owner, balance: this.#balance }; }
  toString() { return `#${this.id} ${this.owner}: ${this.#balance.toFixed(2)}`; }
}
class Savings extends Account {
  accrue() { return this.deposit(this.balance * this.constructor.interest); }
  get [Symbol.toStringTag]() { return 'Savings'; }
  toString() { return 'S' + super.toString(); }
}
const a = new Account('Ann').deposit(100), b = new Savings('Bob').deposit(50);
Account.transfer(a, b, 30);
b.accrue();
console.log(String(a), `${b}`, Object.prototype.toString.call(b), a.history);
for (const f of [() => a.withdraw(1000), () => a.deposit(-1), () => { a.balance = 5; }, () => Account.prototype.deposit.call({}, 1)]) {
  try { f(); } catch (e) { console.log(e.name, '-', e.message.split('\n')[0], e.missing ?? '', e instanceof Error); }
}
console.log(JSON.stringify([a, b]), a, b instanceof Account, Object.keys(a), a.hasOwnProperty('owner'), 'balance' in a);
const Serializable = (Base) => class extends Base { save() { return JSON.stringify(this); } };
const Loud = (Base) => class extends Base { speak() { return super.speak().toUpperCase() + '!'; } };
class Animal { constructor(n) { this.n = n; } speak() { return `${this.n} makes a sound`; } static create(...a) { return new this(...a); } static { this.kind = 'animal'; } }
class Dog extends Serializable(Loud(Animal)) { speak() { return super.speak() + ' Woof'; } }
console.log(Dog.create('Rex').speak(), Dog.create('Rex').save(), Dog.kind, Dog.name, Dog.create('R'), class {}, class A extends Dog {});
const o = { __proto__: { hi() { return 'proto hi'; } }, hi() { return super.hi() + ' own'; }, get x() { return 1; }, set x(v) {}, ['comp' + 1]: true };
console.log(o.hi(), o, Object.getOwnPropertyDescriptor(o, 'x'), new.target === undefined);
