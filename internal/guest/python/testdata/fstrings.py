import datetime

name, value, items = "widget", 1234.5678, {"a": [1, 2]}
print(f"{name!r:>12}|{value:,.2f}|{value:>+12.1f}|{value:.3e}|{int(value):#x}|{int(value):08b}|{0.256:.1%}")
print(f"{value=} {name=!s} {items['a'][0]=}", f"{'nested ' + f'{name.upper()}'}", f"{{literal}}", f"{'a' if value > 1 else 'b'}")
width, precision = 10, 3
print(f"[{value:{width}.{precision}}]", f"{datetime.date(2024, 2, 29):%A %d %B %Y}", f"{name:*^{width}}", f"{10**9:_}", f"{'quote "inside"'}")
print(
    f"""multi
  {name
    .title()}
line"""
)
