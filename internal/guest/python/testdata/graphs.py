from graphlib import TopologicalSorter, CycleError

deps = {"app": {"lib", "log"}, "lib": {"core"}, "log": {"core"}, "core": set()}
order = list(TopologicalSorter(deps).static_order())
print(order[0], order[-1], sorted(order))
t = TopologicalSorter(deps)
t.prepare()
while t.is_active():
    ready = sorted(t.get_ready())
    print(ready)
    t.done(*ready)
try:
    list(TopologicalSorter({"a": ["b"], "b": ["a"]}).static_order())
except CycleError as e:
    print(e.args[0], len(e.args[1]))


def components(edges):
    parent = {}

    def find(x):
        parent.setdefault(x, x)
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in edges:
        parent[find(a)] = find(b)
    groups = {}
    for x in parent:
        groups.setdefault(find(x), []).append(x)
    return sorted(map(sorted, groups.values()))


print(components([(1, 2), (3, 4), (2, 5), (6, 6)]))
