import pickle, copy, copyreg, io, shelve


class Node:
    def __init__(self, v, next=None):
        self.v, self.next = v, next

    def __getstate__(self):
        return {"v": self.v, "next": self.next}

    def __eq__(self, o):
        return isinstance(o, Node) and self.v == o.v


loop = Node(1)
loop.next = Node(2, loop)
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    again = pickle.loads(pickle.dumps(loop, protocol))
    assert again.next.next is again
deep = copy.deepcopy(loop)
print(deep is not loop, deep == loop, copy.copy([1, [2]])[1] == [2], pickle.loads(pickle.dumps({(1, 2): {3}, "b": b"x", "f": len})))
x = [1, 2]
y = [x, x]
z = copy.deepcopy(y)
print(z[0] is z[1], z[0] is not x, pickle.loads(pickle.dumps(range(5))), pickle.loads(pickle.dumps(3 + 4j)))
try:
    pickle.dumps(lambda: 1)
except (pickle.PicklingError, AttributeError) as e:
    print(type(e).__name__)


class Safe(pickle.Unpickler):
    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"{module}.{name} is forbidden")


try:
    Safe(io.BytesIO(pickle.dumps(print))).load()
except pickle.UnpicklingError as e:
    print(e)
with shelve.open("store") as s:
    s["k"] = {"a": 1}
with shelve.open("store") as s:
    print(dict(s))
