import copy


class Bank:
    def __init__(self):
        self.rows = [[1], [2]]

    def __copy__(self):
        b = Bank()
        b.rows = self.rows
        return b


a = Bank()
b, c = copy.copy(a), copy.deepcopy(a)
a.rows[0].append(9)
print(b.rows, c.rows, a.rows is b.rows)
x = [1, 2, 3]
y = x
x += [4]
print(y, x[:] is x, [[]] * 2, [[] for _ in range(2)])


def f(v, acc=[]):
    acc.append(v)
    return acc


print(f(1), f(2), f(3, []))
x = [5, 3, 8]
x.sort(reverse=True)
x[1:2] = ["a", "b"]
del x[0]
x.insert(1, None)
print(x, x.index("b"), x.pop(), list(reversed(x)), sorted({"b": 1, "a": 2}), [*range(10, 0, -3)])
