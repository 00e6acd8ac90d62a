s = "The quick brown fox"
print(s.upper(), s.title(), s.swapcase(), s.center(30, "*"), s[::-1], s.find("quick"), s.count("o"))
print(s.partition(" "), s.rsplit(maxsplit=1), "a,b,,c".split(","), " x\t".strip() + "|", "ab" * 3, "z" in s)
print("straße".casefold(), "ß".upper(), "İ".lower().encode(), "ǆ".title(), "日本語".encode("utf-8"), len("👩‍👩‍👧"))
print("{0!r:>10} {name:^8} {1:+.2e}".format("q", 3.14159, name="mid"), "%05d|%-6s|%x|%%" % (42, "ab", 255))
print(str.maketrans("abc", "xyz"), "aabbcc".translate(str.maketrans("abc", "xyz", "b")), "a\tb".expandtabs(4), "x=1".removeprefix("x="))
print("1²".isdigit(), "½".isnumeric(), "abc".isidentifier(), "a\nb\r\nc".splitlines(), "é" == "e\u0301", ascii("é😀"), "\N{SNOWMAN}")
