class Shape:
    count = 0

    def __init__(self, name):
        self.name = name
        Shape.count += 1

    def area(self):
        raise NotImplementedError

    def __lt__(self, other):
        return self.area() < other.area()

    def __repr__(self):
        return f"<{self.name} {self.area():.2f}>"


class Circle(Shape):
    def __init__(self, r):
        super().__init__("circle")
        self.r = r

    def area(self):
        return 3.14159 * self.r**2


class Square(Shape):
    __slots__ = ("side",)

    def __init__(self, side):
        super().__init__("square")
        self.side = side

    def area(self):
        return self.side**2

    @property
    def diagonal(self):
        return self.side * 2**0.5

    @classmethod
    def unit(cls):
        return cls(1)

    @staticmethod
    def sides():
        return 4


shapes = [Circle(1), Square(3), Square.unit()]
print(sorted(shapes), Shape.count, Square.sides(), round(shapes[1].diagonal, 3), isinstance(shapes[0], Shape))
try:
    Shape("none").area()
except NotImplementedError as e:
    print(type(e).__name__)


class A:
    def hi(self):
        return ["A"]


class B(A):
    def hi(self):
        return ["B"] + super().hi()


class C(A):
    def hi(self):
        return ["C"] + super().hi()


class D(B, C):
    pass


print(D().hi(), [c.__name__ for c in D.__mro__])
