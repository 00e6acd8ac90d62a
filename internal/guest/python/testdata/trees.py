class Tree:
    def __init__(self, key, left=None, right=None):
        self.key, self.left, self.right = key, left, right

    def insert(self, key):
        side = "left" if key < self.key else "right"
        child = getattr(self, side)
        if child:
            child.insert(key)
        else:
            setattr(self, side, Tree(key))
        return self

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.key
        if self.right:
            yield from self.right

    def height(self):
        return 1 + max((c.height() for c in (self.left, self.right) if c), default=0)


t = Tree(50)
for k in [30, 70, 20, 40, 60, 80, 35, 45]:
    t.insert(k)
print(list(t), t.height())


def levels(t):
    row = [t]
    while row:
        yield [n.key for n in row]
        row = [c for n in row for c in (n.left, n.right) if c]


print(list(levels(t)))
trie = {}
for w in ["car", "card", "care", "dog"]:
    node = trie
    for c in w:
        node = node.setdefault(c, {})
    node["$"] = True


def complete(prefix):
    node = trie
    for c in prefix:
        node = node[c]
    stack, found = [(prefix, node)], []
    while stack:
        word, n = stack.pop()
        for c, child in n.items():
            if c == "$":
                found.append(word)
            else:
                stack.append((word + c, child))
    return sorted(found)


print(complete("car"))
