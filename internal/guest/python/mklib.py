"""Make the guest's library: a zip of compiled modules.

    mklib.py OUT --stdlib Lib --kernel kernel --tzdata tzdata --license NAME=FILE ...

It holds the standard library without its tests and what needs a screen, the
kernel as the package _kernel, the time zones as the package tzdata, and the
licenses. Members are stored, because a guest imports from them all the time,
and sorted, dated and named so that the same sources give the same bytes.
"""

import argparse
import importlib.util
import marshal
import os
import runpy
import sys
import zipfile

LIB = "/usr/lib/python3.13/"  # where tracebacks say that modules are
SKIP = {"__pycache__", "idlelib", "site-packages", "test", "tests", "tkinter", "turtledemo", "pydoc_data"}
DATE = (2026, 1, 1, 0, 0, 0)


def compiled(text, path):
    """Return a module as the bytes of an unchecked .pyc file."""
    code = compile(text, path, "exec", dont_inherit=True, optimize=0)
    flags = 1  # hash-based, and never checked against a source
    return b"".join(
        (importlib.util.MAGIC_NUMBER, flags.to_bytes(4, "little"), importlib.util.source_hash(text), marshal.dumps(code))
    )


def tree(folder, skip=()):
    """Yield the files below a folder as slash-separated names and paths."""
    for root, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if f not in skip]
        for f in files:
            path = os.path.join(root, f)
            yield os.path.relpath(path, folder).replace(os.sep, "/"), path


def read(path):
    with open(path, "rb") as f:
        return f.read()


def members(args):
    """Return all members of the library by name."""
    absent = runpy.run_path(os.path.join(args.kernel, "absent.py"))
    replaced = {name.replace(".", "/") for name in absent["MODULES"]}
    out = {}
    for name, path in tree(args.stdlib, SKIP):
        stem = name.removesuffix(".py")
        if stem == name or stem in replaced or stem.split("/")[0] in replaced:
            continue
        out[name + "c"] = compiled(read(path), LIB + name)
    for module in absent["MODULES"]:
        name = module.replace(".", "/") + ".py"
        out[name + "c"] = compiled(absent["source"](module).encode(), LIB + name)
    for name, path in tree(args.kernel, SKIP):
        name = "_kernel/" + name
        out[name + "c"] = compiled(read(path), LIB + name)
    # What sysconfig wants to know about the build, less the builder's folders.
    out["_sysconfigdata__wasi_wasm32-wasi.pyc"] = compiled(
        b"build_time_vars = {'SOABI': 'cpython-313-wasm32-wasi', 'EXT_SUFFIX': '.cpython-313-wasm32-wasi.so', "
        b"'Py_GIL_DISABLED': 0, 'Py_DEBUG': 0, 'WITH_PYMALLOC': 1, 'MULTIARCH': 'wasm32-wasi'}\n",
        LIB + "_sysconfigdata__wasi_wasm32-wasi.py",
    )
    for name, path in tree(args.tzdata, SKIP):
        if name.endswith(".py"):
            out["tzdata/" + name + "c"] = compiled(read(path), LIB + "tzdata/" + name)
        else:
            out["tzdata/" + name] = read(path)
    for license in args.license:
        name, _, path = license.partition("=")
        out["licenses/" + name] = read(path)
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    for name in ("--stdlib", "--kernel", "--tzdata"):
        parser.add_argument(name, required=True)
    parser.add_argument("--license", action="append", default=[])
    args = parser.parse_args()
    with zipfile.ZipFile(args.out, "w", zipfile.ZIP_STORED) as z:
        for name, data in sorted(members(args).items()):
            info = zipfile.ZipInfo(name, DATE)
            info.create_system = 3
            info.external_attr = 0o100444 << 16
            z.writestr(info, data)
        print(f"{len(z.infolist())} members, {sum(i.file_size for i in z.infolist())} bytes", file=sys.stderr)


main()
