import importlib, sys, importlib.resources, pkgutil, runpy

import shapes.circle
from shapes import square as sq, NAME
from shapes.circle import area

print(shapes.circle.area(2), sq.area(3), NAME, shapes.__path__ is not None, area.__module__)
print(importlib.resources.files("shapes").joinpath("data.txt").read_text().strip(), sorted(m.name for m in pkgutil.iter_modules(shapes.__path__)))
importlib.reload(sq)
try:
    import shapes.triangle
except ModuleNotFoundError as e:
    print(e, e.name)
try:
    from shapes import nothing
except ImportError as e:
    print(str(e).split(" (")[0])
print(runpy.run_path("script.py", run_name="other")["answer"], importlib.import_module("shapes.square") is sq, "shapes.circle" in sys.modules)
