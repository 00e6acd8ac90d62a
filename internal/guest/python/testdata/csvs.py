import csv, io, statistics
from collections import defaultdict

with open("sales.csv", newline="") as f:
    rows = list(csv.DictReader(f))
by = defaultdict(list)
for row in rows:
    by[row["region"]].append(float(row["amount"]))
for region, amounts in sorted(by.items()):
    print(f"{region:<6} n={len(amounts)} mean={statistics.mean(amounts):8.2f} max={max(amounts):8.2f}")
out = io.StringIO()
w = csv.writer(out, delimiter=";", quoting=csv.QUOTE_MINIMAL)
w.writerow(["a;b", 'say "hi"', "line\nbreak", 3.5, None])
print(repr(out.getvalue()), list(csv.reader(["a,'b,c',d"], quotechar="'")))
print(csv.Sniffer().sniff("a|b|c\n1|2|3\n").delimiter, len(rows), rows[0])
