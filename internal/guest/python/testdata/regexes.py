import re

text = "Ann <ann@example.com>, Bob <bob.b@mail.example.org>; born 1984-03-12 and 2001-11-30."
print(re.findall(r"[\w.]+@[\w.]+\w", text))
print([m.groupdict() for m in re.finditer(r"(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)", text)])
print(re.sub(r"(\d{4})-(\d\d)-(\d\d)", r"\3.\2.\1", text), re.sub(r"\b(\w)(\w*)", lambda m: m[1].upper() + m[2], "one two"))
print(re.split(r"\s*[,;]\s*", "a , b;c ;d"), re.match(r"(a+)+$", "aaaa").span(), re.fullmatch(r"\w+", "a b"))
p = re.compile(r"""(?x) ^ (?P<key> \w+ ) \s* = \s* (?: "(?P<q>[^"]*)" | (?P<v>\S+) ) $""", re.M)
print(p.findall('a = 1\nb="two words"\nbad line\nc = x'))
print(re.findall(r"(?<=\$)\d+(?!\d*%)", "$10 $20% $30"), re.search(r"(?i)STRASSE|straße", "STRASSE").group(), re.escape("a.b*c"))
print(re.sub(r"(?P<w>\w+) (?P=w)", r"<\g<w>>", "the the cat sat sat"), re.findall(r"\p" if False else r"[^\W\d_]+", "añb1c_d"))
try:
    re.compile("(unclosed")
except re.error as e:
    print(e)
