import random


class Grid:
    """Words hidden in letters, with a seeded generator."""

    def __init__(self, size, seed):
        self.size, self.random = size, random.Random(seed)
        self.cells = [["."] * size for _ in range(size)]

    def place(self, word):
        for _ in range(100):
            dr, dc = self.random.choice([(0, 1), (1, 0), (1, 1)])
            r, c = self.random.randrange(self.size), self.random.randrange(self.size)
            spots = [(r + dr * i, c + dc * i) for i in range(len(word))]
            if all(a < self.size and b < self.size and self.cells[a][b] in (".", x) for (a, b), x in zip(spots, word)):
                for (a, b), x in zip(spots, word):
                    self.cells[a][b] = x
                return True
        return False

    def __str__(self):
        return "\n".join(" ".join(row) for row in self.cells)


g = Grid(8, 2024)
print([g.place(w) for w in ["CAISSON", "WATER", "DIVE", "AIR"]])
print(g)
