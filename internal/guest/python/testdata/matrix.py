def multiply(a, b):
    return [[sum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]


def determinant(m):
    if len(m) == 1:
        return m[0][0]
    return sum((-1) ** j * m[0][j] * determinant([r[:j] + r[j + 1 :] for r in m[1:]]) for j in range(len(m)))


a = [[1, 2, 3], [0, 1, 4], [5, 6, 0]]
print(multiply(a, a), determinant(a))
power = [[1, 0], [0, 1]]
for _ in range(50):
    power = multiply(power, [[1, 1], [1, 0]])
print(power[0][1])
