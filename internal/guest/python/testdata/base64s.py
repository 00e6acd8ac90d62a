import base64, binascii, quopri, codecs

data = bytes(range(0, 256, 15))
for name in ["b64", "urlsafe_b64", "b32", "b16", "b85", "a85"]:
    coded = getattr(base64, name + "encode")(data)
    print(name, coded.decode(), getattr(base64, name + "decode")(coded) == data)
print(binascii.hexlify(b"ab", "-"), quopri.encodestring("é=".encode()), codecs.encode("Hello", "rot13"), codecs.decode(b"616263", "hex"))
for bad in [lambda: base64.b64decode("abc"), lambda: base64.b64decode("a!b=", validate=True), lambda: bytes.fromhex("zz")]:
    try:
        bad()
    except ValueError as e:
        print(type(e).__name__, e)
print("é".encode("utf-16-le"), "é".encode("cp1252"), b"\xe9".decode("latin-1"), "a€".encode("ascii", "xmlcharrefreplace"), "x".encode("utf-8-sig"), "münchen.de".encode("idna"), codecs.lookup("utf8").name)
