import heapq

graph = {"a": {"b": 7, "c": 9, "f": 14}, "b": {"c": 10, "d": 15}, "c": {"d": 11, "f": 2}, "d": {"e": 6}, "f": {"e": 9}}


def shortest(graph, start):
    best, todo = {start: (0, None)}, [(0, start)]
    while todo:
        cost, node = heapq.heappop(todo)
        if cost > best[node][0]:
            continue
        for to, weight in graph.get(node, {}).items():
            if to not in best or cost + weight < best[to][0]:
                best[to] = cost + weight, node
                heapq.heappush(todo, (cost + weight, to))
    return best


for node, (cost, before) in sorted(shortest(graph, "a").items()):
    print(f"{node}: {cost:>3} via {before}")
