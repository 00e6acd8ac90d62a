def best(items, room):
    table = [0] * (room + 1)
    for weight, value in items:
        for r in range(room, weight - 1, -1):
            table[r] = max(table[r], table[r - weight] + value)
    return table


items = [(12, 4), (2, 2), (1, 1), (1, 2), (4, 10), (7, 13), (9, 17)]
print(best(items, 15)[-1], best(items, 30)[10:20])
