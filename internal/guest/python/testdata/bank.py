from dataclasses import dataclass, field
from decimal import Decimal
from datetime import date


class InsufficientFunds(Exception): ...


@dataclass
class Account:
    owner: str
    balance: Decimal = Decimal(0)
    history: list = field(default_factory=list)

    def deposit(self, amount, day):
        self.balance += amount
        self.history.append((day, amount))

    def withdraw(self, amount, day):
        if amount > self.balance:
            raise InsufficientFunds(f"{self.owner} has {self.balance}, needs {amount}")
        self.deposit(-amount, day)


a = Account("ann")
a.deposit(Decimal("100.10"), date(2024, 1, 5))
a.withdraw(Decimal("30.05"), date(2024, 1, 9))
try:
    a.withdraw(Decimal("500"), date(2024, 2, 1))
except InsufficientFunds as e:
    print("refused:", e)
for day, amount in a.history:
    print(f"{day:%d %b}  {amount:>10.2f}")
print(f"{'total':<6}  {a.balance:>10.2f}")
