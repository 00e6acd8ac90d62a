import string


def shift(text, n):
    low, up = string.ascii_lowercase, string.ascii_uppercase
    return text.translate(str.maketrans(low + up, low[n:] + low[:n] + up[n:] + up[:n]))


secret = shift("Attack at Dawn!", 3)
print(secret, shift(secret, 23))
for n in range(26):
    if shift(secret, n).startswith("Att"):
        print(n)


def vigenere(text, key, sign=1):
    return "".join(chr((ord(c) - 65 + sign * (ord(key[i % len(key)]) - 65)) % 26 + 65) for i, c in enumerate(text))


v = vigenere("CAISSON", "KEY")
print(v, vigenere(v, "KEY", -1))
roman = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]


def to_roman(n):
    out = ""
    for value, mark in roman:
        out += mark * (n // value)
        n %= value
    return out


print([to_roman(n) for n in (4, 9, 1994, 2024, 3999)])
