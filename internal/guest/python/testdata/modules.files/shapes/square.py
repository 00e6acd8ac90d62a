from .circle import area as _


def area(s):
    return s * s
