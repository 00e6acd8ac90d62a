from decimal import Decimal as D, getcontext, localcontext, ROUND_HALF_EVEN, ROUND_UP, InvalidOperation

print(D("0.1") + D("0.2"), D(1) / D(7), D("2.675").quantize(D("0.01"), ROUND_HALF_EVEN), D("1.1").quantize(D("1"), ROUND_UP))
with localcontext() as c:
    c.prec = 50
    print(D(2).sqrt(), D(1).exp())
print(D("1E+3"), D("123.4500").normalize(), D(10) ** -5, D("NaN").is_nan(), f"{D('1234567.891'):,.2f}", D("3.7") % D("1.2"), getcontext().prec)
try:
    D("x")
except InvalidOperation as e:
    print(type(e).__name__)
print(sum(map(D, ["19.99", "5.01", "0.30"])), D(0.1), D("-0").is_signed(), D("1.20").as_tuple())
