from collections import deque

grid = """
#########
#S..#...#
#.#.#.#.#
#.#...#E#
#########
""".strip().splitlines()
find = lambda mark: next((r, row.index(mark)) for r, row in enumerate(grid) if mark in row)
start, end = find("S"), find("E")
came, todo = {start: None}, deque([start])
while todo:
    r, c = at = todo.popleft()
    if at == end:
        break
    for to in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
        if grid[to[0]][to[1]] != "#" and to not in came:
            came[to] = at
            todo.append(to)
path = set()
while at:
    path.add(at)
    at = came[at]
print(len(path))
for r, row in enumerate(grid):
    print("".join("*" if (r, c) in path and x == "." else x for c, x in enumerate(row)))
