import configparser, tomllib, io, plistlib

c = configparser.ConfigParser()
c.read_string("[DEFAULT]\nroot = /srv\n[web]\npath = %(root)s/www\nport = 80\non = yes\n[db]\nhosts = a\n  b\n")
print(c.sections(), c["web"]["path"], c.getint("web", "port"), c.getboolean("web", "on"), c["db"]["hosts"].split(), c.get("web", "none", fallback="-"))
c["new"] = {"k": "v"}
out = io.StringIO()
c.write(out)
print(out.getvalue().splitlines()[-3:])
t = tomllib.loads('title = "T"\n[server]\nports = [8000, 8001]\nstart = 1979-05-27T07:32:00Z\n[[item]]\nn = 1\n[[item]]\nn = 2.5\nd.e = true\n')
print(t)
for bad in ["a = ", "[x]\n[x]\n"]:
    try:
        tomllib.loads(bad)
    except tomllib.TOMLDecodeError as e:
        print(e)
print(plistlib.loads(plistlib.dumps({"a": [1, True, b"x"]})))
