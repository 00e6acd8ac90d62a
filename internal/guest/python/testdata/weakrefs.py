import weakref, gc, sys


class Thing:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("gone", self.name)


a = Thing("a")
r = weakref.ref(a, lambda _: print("callback"))
print(r().name)
del a
print(r())
cache = weakref.WeakValueDictionary()
b = Thing("b")
cache["b"] = b
print(len(cache))
b = None
print(len(cache))
c = Thing("cycle")
c.self = c
del c
print(gc.collect() > 0)
d = Thing("final")
weakref.finalize(d, print, "finalized")
del d
s = weakref.WeakSet()
e = Thing("e")
s.add(e)
print(e in s, len(s), weakref.getweakrefcount(e), weakref.proxy(e).name)
del e
print(len(s), gc.isenabled())
