with open("poem.txt", encoding="utf-8") as f:
    for i, line in enumerate(f, 1):
        print(i, line.rstrip())
with open("poem.txt", "rb") as f:
    f.seek(4)
    print(f.read(5), f.tell(), f.readline())
with open("out.txt", "w+", newline="\r\n") as f:
    f.writelines(["a\n", "b\n"])
    f.seek(0)
    print(f.read().__repr__(), open("out.txt", "rb").read())
with open("out.txt", "a") as f:
    print("c", file=f)
print(open("out.txt").readlines())
try:
    open("out.txt", "x")
except FileExistsError as e:
    print(e)
try:
    open("latin.txt", encoding="utf-8").read()
except UnicodeDecodeError as e:
    print(e.reason, e.start)
print(open("latin.txt", encoding="latin-1").read().strip(), repr(open("latin.txt", errors="replace").read()))
import helper

print(helper.twice(21), helper.__name__)
