import re, operator


def tokens(text):
    for number, op in re.findall(r"\s*(?:(\d+\.?\d*)|(.))", text):
        yield ("num", float(number)) if number else ("op", op)
    yield "end", None


class Parser:
    def __init__(self, text):
        self.tokens = tokens(text)
        self.next()

    def next(self):
        self.kind, self.value = next(self.tokens)

    def accept(self, *ops):
        if self.kind == "op" and self.value in ops:
            op = self.value
            self.next()
            return op

    def expression(self):
        left = self.term()
        while op := self.accept("+", "-"):
            left = {"+": operator.add, "-": operator.sub}[op](left, self.term())
        return left

    def term(self):
        left = self.power()
        while op := self.accept("*", "/"):
            left = {"*": operator.mul, "/": operator.truediv}[op](left, self.power())
        return left

    def power(self):
        base = self.unary()
        return base ** self.power() if self.accept("^") else base

    def unary(self):
        if self.accept("-"):
            return -self.unary()
        if self.accept("("):
            v = self.expression()
            if not self.accept(")"):
                raise SyntaxError("missing )")
            return v
        if self.kind != "num":
            raise SyntaxError(f"unexpected {self.value}")
        v = self.value
        self.next()
        return v


for text in ["1 + 2 * 3", "-(2 ^ 3 ^ 2) / 4", "2 * (3 + 4", "10 / (5 - 5)", "3 + * 2"]:
    try:
        print(text, "=", Parser(text).expression())
    except (SyntaxError, ZeroDivisionError) as e:
        print(text, "->", type(e).__name__, e)
