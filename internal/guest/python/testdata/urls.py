from urllib.parse import *

u = urlsplit("https://user:pw@example.com:8443/a/b;p?q=1&q=2&empty=#frag")
print(u.scheme, u.hostname, u.port, u.path, u.username, u.fragment, parse_qs(u.query), parse_qsl(u.query, keep_blank_values=True))
print(quote("a b/ü?"), quote_plus("a b&c"), unquote("%C3%BC%20"), urlencode({"a": [1, 2], "b": "x y"}, doseq=True), urljoin("http://h/a/b/c", "../d?x"), urlunsplit(u))
print(urljoin("http://h/a", "//other/b"), urlparse("mailto:a@b.c").path, urldefrag("http://x/y#z"), quote(b"\xff"), unquote_to_bytes("%ff"))
