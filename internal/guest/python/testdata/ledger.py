import json, sys
from functools import reduce
from itertools import groupby
from operator import itemgetter

data = json.load(open("orders.json"))
orders = sorted(data["orders"], key=itemgetter("customer", "id"))
for customer, group in groupby(orders, key=itemgetter("customer")):
    lines = [line for o in group for line in o["lines"]]
    total = reduce(lambda t, line: t + line["qty"] * line["price"], lines, 0)
    print(f"{customer:<8}{len(lines):>3} lines {total:>9.2f}")
report = {"count": len(orders), "largest": max(orders, key=lambda o: len(o["lines"]))["id"]}
json.dump(report, open("report.json", "w"), indent=1)
print(open("report.json").read())
