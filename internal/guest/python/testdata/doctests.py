"""Numbers.

>>> double(4)
8
>>> double("a")
'aa'
>>> 1 / 0
Traceback (most recent call last):
ZeroDivisionError: division by zero
>>> list(range(20))  # doctest: +ELLIPSIS
[0, 1, ..., 19]
"""
import doctest


def double(x):
    """
    >>> double([1])
    [1, 1]
    >>> double(2)
    5
    """
    return x * 2


import io, contextlib

out = io.StringIO()
with contextlib.redirect_stdout(out):
    result = doctest.testmod()
print(result, "Expected:\n    5" in out.getvalue())
