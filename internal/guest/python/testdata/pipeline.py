"""Log lines in, a report out."""
import re
from collections import defaultdict
from datetime import datetime

LOG = """\
2024-03-01T10:00:01 INFO  api   GET /users 200 12ms
2024-03-01T10:00:02 ERROR api   GET /orders 500 340ms
2024-03-01T10:00:07 INFO  web   GET / 200 3ms
2024-03-01T10:01:15 WARN  api   GET /users 429 1ms
not a line
2024-03-01T10:02:00 INFO  web   POST /login 302 48ms
"""
LINE = re.compile(r"(?P<at>\S+) (?P<level>\w+)\s+(?P<app>\w+)\s+(?P<verb>[A-Z]+) (?P<path>\S+) (?P<code>\d{3}) (?P<ms>\d+)ms")


def parse(lines):
    for number, line in enumerate(lines, 1):
        if m := LINE.fullmatch(line):
            yield {**m.groupdict(), "at": datetime.fromisoformat(m["at"]), "ms": int(m["ms"])}
        else:
            print(f"line {number}: not understood")


by_app, first, last = defaultdict(list), None, None
for r in parse(LOG.splitlines()):
    by_app[r["app"]].append(r)
    first, last = first or r["at"], r["at"]
for app, rs in by_app.items():
    bad = sum(r["code"][0] in "45" for r in rs)
    print(f"{app}: {len(rs)} requests, {bad / len(rs):.0%} failed, slowest {max(rs, key=lambda r: r['ms'])['path']}")
print((last - first).total_seconds(), "seconds")
