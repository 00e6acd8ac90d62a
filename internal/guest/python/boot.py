# The boot script of the Python guest. caisson_boot runs it once, at build time,
# before the interpreter is frozen: everything that it imports and warms is
# there, ready, in every sandbox. It must leave no descriptor open but 0, 1, 2
# and 3, and draw nothing random that execute._forget_randomness does not redraw.

import gc
import io
import os
import sys

os.environ.update(
    HOME="/workspace", TMPDIR="/tmp", USER="user", LOGNAME="user", PATH="/usr/bin", LANG="C.UTF-8", TERM="dumb"
)

# What programs import most, so that in a sandbox it costs nothing.
import abc, argparse, array, ast, base64, binascii, bisect, bz2, calendar, cmath, codecs, collections.abc
import concurrent.futures.thread, configparser, contextlib, contextvars, copy, csv, dataclasses, datetime
import decimal, difflib, email.message, encodings.ascii, encodings.cp1252, encodings.idna, encodings.latin_1
import encodings.utf_16, encodings.utf_8_sig, enum, errno, fnmatch, fractions, functools, glob, graphlib, gzip
import hashlib, heapq, hmac, html.parser, importlib.resources, inspect, ipaddress, itertools, json, keyword
import linecache, locale, logging.handlers, lzma, math, numbers, operator, pathlib, pickle, platform, pprint
import queue, random, re, secrets, shlex, shutil, signal, sqlite3, stat, statistics, string, struct
import subprocess, tarfile, tempfile, textwrap, threading, time, timeit, tomllib, traceback, types, typing
import unicodedata, unittest, urllib.parse, urllib.request, uuid, warnings, weakref, xml.etree.ElementTree
import zipfile, zlib, zoneinfo

import asyncio
import atexit
import builtins
import _sitebuiltins

from _kernel import absent, execute, loop, threads

run = execute.run


def settle():
    """Give the interpreter the shape that every execution starts from."""
    os.chdir("/workspace")
    absent.install()
    threads.install()
    loop.install()
    sys.modules["__main__"] = execute.main
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    sys.path.insert(0, "")
    sys.__stdout__, sys.__stderr__ = execute.writer(1, "surrogateescape"), execute.writer(2, "backslashreplace")
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def warm():
    """Run the common paths a few times, so that the interpreter has its caches
    filled and its bytecode specialised when it is frozen."""
    quiet = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    loud = sys.__stdout__, sys.__stderr__
    sys.__stdout__, sys.__stderr__ = quiet
    try:
        for code in WARM:
            for _ in range(3):
                run(code, "", [], True, True, False)
    finally:
        sys.__stdout__, sys.__stderr__ = loud


WARM = [
    "print(1)\nx = [i * i for i in range(10)]\nimport json; print(json.dumps({'a': [1, 2.5, None]}))",
    "class A:\n    def __init__(self, x): self.x = x\n    def __repr__(self): return f'A({self.x:.2f})'\n"
    "print(A(1.5), *sorted({3: 'c', 1: 'a'}.items()), sep='\\n')\ntry:\n    {}['x']\nexcept KeyError as e:\n    print(e)",
    "import re, math, collections\ncollections.Counter(re.findall(r'\\w+', 'a b a')).most_common(1)",
    "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    return 1\nasyncio.run(main())",
]


def tidy():
    """Forget what the warming left."""
    for name in list(execute.main.__dict__):
        if name not in ("__name__", "__doc__", "__package__", "__loader__", "__spec__", "__builtins__"):
            del execute.main.__dict__[name]
    linecache.clearcache()
    re.purge()
    sys.path_importer_cache.clear()
    atexit._clear()
    execute._open_streams()
    gc.collect()
    gc.collect()
    gc.freeze()


settle()
warm()
tidy()
