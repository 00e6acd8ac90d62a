import json

doc = {"name": "caf\u00e9", "n": [1, 2.5, -3e10, None, True], "nested": {"k": {"a": []}}, "quote": 'a"b\\c\n\t\u0001'}
text = json.dumps(doc)
print(text)
print(json.loads(text) == doc, json.dumps(doc, indent=2, sort_keys=True, ensure_ascii=False))
print(json.dumps([float("inf"), 1e400]), json.dumps({1: "a", None: "b", True: "c"}), json.dumps("\ud83d\ude00"), json.loads('"\\ud83d\\ude00"'))


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


print(json.dumps(Point(1, 2), default=vars), json.loads('{"x": 1.10, "big": 123456789012345678901234567890}', parse_float=str))
print(json.loads("[1, 2]", parse_int=lambda s: s + "!"), json.loads('{"a":1,"a":2}', object_pairs_hook=list))
for bad in ["{", "[1,]", '{"a" 1}', "nul", '"\n"', ""]:
    try:
        json.loads(bad)
    except json.JSONDecodeError as e:
        print(repr(bad), e)
