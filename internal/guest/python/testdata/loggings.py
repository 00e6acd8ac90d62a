import logging, sys, io

out = io.StringIO()
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s:%(name)s:%(message)s")
log = logging.getLogger("app.db")
log.debug("hidden")
log.info("count %d of %s", 3, "x")
log.warning("careful")
h = logging.StreamHandler(out)
h.setFormatter(logging.Formatter("{levelname:<8}|{funcName}|{message}", style="{"))
log.addHandler(h)
log.addFilter(lambda r: "secret" not in r.getMessage())


def work():
    log.error("in work")
    log.error("secret")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")


log.propagate = False
work()
print(out.getvalue())
fh = logging.FileHandler("app.log")
logging.getLogger().addHandler(fh)
logging.critical("to file")
fh.close()
print(open("app.log").read(), logging.getLevelName(30), log.getEffectiveLevel(), logging.getLogger("app").name)
