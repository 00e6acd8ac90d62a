import argparse, io, contextlib, sys

p = argparse.ArgumentParser(prog="tool", description="Does things.")
p.add_argument("src", nargs="+", help="sources")
p.add_argument("-n", "--count", type=int, default=1, metavar="N", help="how many (default: %(default)s)")
p.add_argument("-v", action="count", default=0)
p.add_argument("--mode", choices=["fast", "slow"])
g = p.add_mutually_exclusive_group()
g.add_argument("--on", action="store_true")
g.add_argument("--off", dest="on", action="store_false")
print(p.parse_args(["a", "b", "-n", "3", "-vv", "--mode=slow"]))
print(p.parse_args(sys.argv[1:] or ["x", "--off"]))
p.print_usage()
err = io.StringIO()
for bad in [[], ["a", "-n", "x"], ["a", "--mode", "odd"], ["a", "--on", "--off"]]:
    with contextlib.redirect_stderr(err):
        try:
            p.parse_args(bad)
        except SystemExit as e:
            print(e.code, err.getvalue().splitlines()[-1])
s = argparse.ArgumentParser(prog="git").add_subparsers(dest="cmd")
s.add_parser("add").add_argument("file")
sub = argparse.ArgumentParser(prog="git")
cmds = sub.add_subparsers(dest="cmd", required=True)
cmds.add_parser("add").add_argument("file")
print(sub.parse_args(["add", "x"]), p.parse_known_args(["a", "--zzz"])[1])
