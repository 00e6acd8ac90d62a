"""Lines that are no Python: !command, %magic and %%magic, as notebooks have
them. Code is Python until the compiler says that it is not: where it stumbles
over such a line, that line becomes a call, and nothing else changes."""

import builtins
import os
import re
import shlex
import subprocess
import sys
import time

from _kernel import execute, host

LINE = re.compile(r"^(\s*)(?:([\w.\[\]'\", ]+?)\s*=\s*)?([%!])(?!=)\s*(.*?)\s*$", re.DOTALL)
NAME = re.compile(r"\{([^{}]+)\}|\$(\$|[A-Za-z_]\w*)")
CALL = "__magic__"


class UsageError(Exception):
    """A magic that is not there, or cannot do what is asked."""

    __module__ = "builtins"  # so that it is shown by its name alone


def rewrite(text, file, error):
    """Return a text as Python, given where the compiler stumbled; None when no
    magic is the reason."""
    if text.lstrip().startswith("%%"):
        return _whole(text)
    lines = text.split("\n")
    changed = False
    while True:
        at = (error.lineno or 0) - 1
        if not 0 <= at < len(lines):
            return None
        start = lines[at]
        while lines[at].endswith("\\") and at + 1 < len(lines):  # a command goes on
            lines[at : at + 2] = [lines[at][:-1] + lines[at + 1].lstrip()]
            lines.append("")
        found = LINE.match(lines[at])
        if found is None or not found[4]:
            return None
        indent, target, sign, rest = found.groups()
        lines[at] = f"{indent}{target + ' = ' if target else ''}{CALL}({sign!r}, {rest!r}, {bool(target)})"
        if lines[at] == start:
            return None
        text = "\n".join(lines)
        try:
            host.compile_plain(text, file, None, 0x2000)
            return text
        except SyntaxError as e:
            if e.lineno == error.lineno:
                return None
            error = e


def _whole(text):
    """Return a cell that begins with %%magic as one call."""
    head, _, body = text.lstrip().partition("\n")
    name, _, rest = head[2:].strip().partition(" ")
    return f"{CALL}('%%', {name!r}, {rest.strip()!r}, {body!r})"


def magic(sign, *args):
    """Carry out one magic."""
    frame = sys._getframe(1)
    sys.stdout.flush()
    sys.stderr.flush()
    if sign == "!":
        return system(expand(args[0], frame), args[1])
    if sign == "%":
        name, _, rest = args[0].partition(" ")
        return find(LINES, "%" + name)(expand(rest.strip(), frame) if name not in CODE else rest.strip(), frame)
    name, rest, body = args
    return find(CELLS, "%%" + name)(expand(rest, frame), body)


setattr(builtins, CALL, magic)


def find(table, name):
    found = table.get(name.lstrip("%"))
    if found is None:
        raise UsageError(f"{name} is not here. There are %{', %'.join(LINES)}; %%{', %%'.join(CELLS)}; and !command")
    return found


def expand(text, frame):
    """Put the values of variables where a line says {expression} or $name."""

    def value(m):
        if m[2] == "$":
            return "$"
        try:
            return str(eval(m[1] or m[2], frame.f_globals, frame.f_locals))
        except Exception:
            return m[0]  # the shell's own

    return NAME.sub(value, text)


def system(command, capture):
    """Run a command of the shell. Its output is the code's, or the value."""
    done = subprocess.run(command, shell=True, executable=shell(), stdout=subprocess.PIPE if capture else None, text=True, errors="replace")
    execute.main._exit_code = done.returncode
    return done.stdout.splitlines() if capture else None


def shell():
    return next((s for s in ("/bin/bash", "/usr/bin/bash") if os.path.exists(s)), "/bin/sh")


def python(text, name=None):
    """Run code in the place of a cell and return the value of its last expression."""
    names = vars(execute.main)
    code = host.compile(text, f"<cell {execute._count}>", execute.LAST, 0x2000)
    value = eval(code, names)
    if code.co_flags & 0x80:
        import asyncio

        asyncio.run(value)
    return names.pop(execute.LAST, None)


def seconds(n):
    for unit, factor in (("s", 1), ("ms", 1e3), ("us", 1e6)):
        if n * factor >= 1:
            return f"{n * factor:.3g} {unit}"
    return f"{n * 1e9:.3g} ns"


def timed(text, frame=None):
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        return python(text)
    finally:
        print(f"CPU time: {seconds(time.process_time() - cpu)}, wall time: {seconds(time.perf_counter() - wall)}")


def timeit(text, frame=None, setup="pass"):
    import timeit

    timer = timeit.Timer(text, setup, globals=vars(execute.main))
    number, took = timer.autorange()
    best = min([took] + timer.repeat(4, number)) / number
    print(f"{seconds(best)} per loop (best of 5 runs, {number:,} loops each)")


def pip(rest, frame):
    if subprocess.run([sys.executable, "-m", "pip", *shlex.split(rest)]).returncode:
        raise UsageError(f"pip {rest} failed. Packages can be installed only where the sandbox may reach an index, and has room")
    import importlib

    importlib.invalidate_caches()


def cd(rest, frame):
    os.chdir(os.path.expanduser(rest or "~"))
    print(os.getcwd())


def env(rest, frame):
    name, sign, value = rest.partition("=")
    if not sign:
        name, sign, value = rest.partition(" ")
    if not name:
        return dict(os.environ)
    if not sign:
        return os.environ.get(name)
    os.environ[name.strip()] = value.strip()
    return None


def who(rest, frame):
    """Names of variables, and with their types and values as %whos."""
    hidden = {"display", "_exit_code", "_"}
    names = sorted(n for n in vars(execute.main) if not n.startswith("__") and n not in hidden and n.isidentifier())
    print("  ".join(names) or "There are no variables.")


def whos(rest, frame):
    for name in sorted(vars(execute.main)):
        value = vars(execute.main)[name]
        if not name.startswith("_") and name.isidentifier():
            print(f"{name:<16}{type(value).__name__:<16}{repr(value)[:60]}")


def matplotlib(rest, frame):
    if rest not in ("", "inline", "agg"):
        raise UsageError(f"%matplotlib {rest}: there is no screen. Figures are shown as pictures, as with %matplotlib inline")


def config(rest, frame):
    if "figure_format" not in rest:
        raise UsageError(f"%config {rest} is not here; %config InlineBackend.figure_format = 'svg' is")
    from matplotlib import rcParams

    rcParams["savefig.format"] = "svg" if "svg" in rest else "png"


def script(interpreter):
    def run(rest, body):
        code = subprocess.run([*interpreter, *shlex.split(rest)], input=body.encode()).returncode
        if code:
            raise UsageError(f"the script ended with {code}")

    return run


def writefile(rest, body):
    with open(rest, "w") as f:
        f.write(body)


def html(rest, body):
    builtins.display({"text/html": body, "text/plain": body}, raw=True)


CODE = ("time", "timeit")  # what follows is Python: nothing in it is replaced

LINES = {
    "cd": cd, "config": config, "env": env, "matplotlib": matplotlib, "pip": pip, "pwd": lambda rest, frame: os.getcwd(),
    "time": timed, "timeit": timeit, "who": who, "whos": whos,
}  # fmt: skip

CELLS = {
    "bash": script([shell()]), "sh": script(["/bin/sh"]), "html": html, "time": lambda rest, body: timed("\n" + body),
    "timeit": lambda rest, body: timeit(body, setup=rest or "pass"), "writefile": writefile,
}  # fmt: skip
