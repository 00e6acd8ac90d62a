import textwrap, string, unicodedata, difflib, shlex, pprint, reprlib

t = "The quick brown fox jumps over the lazy dog. " * 3
print(textwrap.fill(t, 40, initial_indent="* ", subsequent_indent="  "), textwrap.shorten(t, 30), sep="\n")
print(textwrap.dedent("    a\n      b\n    c"), textwrap.indent("x\ny", "> "), sep="\n")
print(string.Template("$who likes ${what}s, $$5").substitute(who="Ann", what="tea"), string.capwords("the end"), string.punctuation[:5])
print(unicodedata.name("é"), unicodedata.normalize("NFD", "é").encode(), unicodedata.category("A"), unicodedata.lookup("GREEK SMALL LETTER PI"), unicodedata.numeric("½"))
print("\n".join(difflib.unified_diff("a b c d".split(), "a x c d e".split(), "old", "new", lineterm="")))
print(difflib.get_close_matches("appel", ["ape", "apple", "peach"]), round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 3), difflib.ndiff(["a"], ["b"]).__next__())
print(shlex.split("run 'a b' \"c d\" e\\ f # x", comments=True), shlex.quote("it's"), shlex.join(["a b", "c"]))
pprint.pprint({"key": list(range(25)), "nested": {"a": {"b": ["text " * 5] * 3}}}, width=60)
print(reprlib.repr(list(range(100))), pprint.pformat({3, 1, 2}))
