from fractions import Fraction as F
import math

print(F(1, 3) + F(1, 6), F("0.125"), F(0.5), F(22, 7) - F(math.pi).limit_denominator(1000), sum(F(1, n) for n in range(1, 11)))
print(math.floor(F(-7, 2)), round(F(7, 2)), F(3, 4) ** 2, F(3, 4) < 0.76, f"{F(1, 3):.4f}", F(10, 4).as_integer_ratio())
