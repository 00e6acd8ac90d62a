import warnings, sys

with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    warnings.warn("old", DeprecationWarning)
    warnings.warn("odd")
    eval(compile("1 is 1", "x", "eval"))
print([(w.category.__name__, str(w.message)) for w in seen])
warnings.filterwarnings("error", category=UserWarning)
try:
    warnings.warn("now an error")
except UserWarning as e:
    print(repr(e))
print(warnings.formatwarning("m", UserWarning, "f.py", 3, "line"))
