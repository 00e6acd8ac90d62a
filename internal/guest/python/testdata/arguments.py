import sys

print(sys.argv[1:], len(sys.argv))
total = 0
for line in sys.stdin:
    total += sum(map(int, line.split()))
print(total, repr(sys.stdin.read()))
