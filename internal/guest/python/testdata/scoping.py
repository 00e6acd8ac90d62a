x = 1


def g():
    global x, made
    x, made = 2, 3


g()
print(x, made, [x for x in "ab"], x, {k: v for k, v in zip("ab", (1, 2))}, "x" in globals(), sorted(locals().keys() & {"g", "x"}))


class C:
    y = 10
    ys = [i for i in range(y)][:2]
    f = lambda self: self.y


print(C().f(), C.ys)
del x
try:
    x
except NameError as e:
    print(e)
try:
    lenght
except NameError as e:
    print(e)
import math

try:
    math.squrt
except AttributeError as e:
    print(e)
for e in ():
    pass
print("e" in dir())
exec("z = 5")
print(z, eval("[z for _ in 'ab']"))
