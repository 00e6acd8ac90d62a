import math, sys

for x in [0.1, 1 / 3, 1e16, 1e-7, 123456789.123456789, float("inf"), float("nan"), -0.0, 5e-324, 1.7976931348623157e308]:
    print(repr(x), f"{x:.3f}", f"{x:g}", f"{x:e}", x.hex() if x == x else "-")
print(round(2.5), round(3.5), round(2.675, 2), round(-1234.5, -2), 0.1 + 0.2, math.fsum([0.1] * 10))
print(math.sin(1), math.exp(1), math.log(10), math.gamma(5.5), math.erf(0.3), math.hypot(3, 4), math.nextafter(1, 2), math.ulp(1.0))
print((0.75).as_integer_ratio(), math.frexp(10.5), math.modf(-3.25), math.copysign(1, -0.0), sys.float_info.dig, 7.0 // -2, 7.5 % -2)
