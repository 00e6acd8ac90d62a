d = {"one": 1, "two": 2}
d["three"] = d.pop("one") + d.setdefault("zero", 0) + 2
d.update(four=4)
print(d, list(d.items())[-1], d.get("x"), "two" in d, len(d), {v: k for k, v in d.items()}, dict(a=1) | {"a": 2}, list(reversed(d)))
d |= [("five", 5)]
print(d.popitem(), d.keys() & {"two", "six"}, d.keys() - {"two"} == set(d) - {"two"}, dict.fromkeys("ab", []))
s = {3, 1, 2}
s.add(1)
s.discard(9)
print(sorted(s | {5}), s & {1, 9}, s.isdisjoint({7}), {1} < {1, 2}, sorted({1, 2} ^ {2, 3}), set("hello") == set("olleh"), frozenset([1]) in {frozenset([1])})
words = "the cat the dog a cat the".split()
count = {}
for w in words:
    count[w] = count.get(w, 0) + 1
print(sorted(count.items(), key=lambda p: (-p[1], p[0])))
nested = {}
for path in ["a.b.c", "a.b.d", "e"]:
    node = nested
    for part in path.split("."):
        node = node.setdefault(part, {})
print(nested)
print(hash("caisson") == hash("caisson"), hash(1) == hash(1.0) == hash(True), {1: "a", 1.0: "b", True: "c"}, hash(2**61 - 1 + 5) if False else "", hash((1, 2)) == hash((1, 2)))
try:
    {[]: 1}
except TypeError as e:
    print(e)
