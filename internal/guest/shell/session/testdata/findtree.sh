mkdir -p proj/{src/{a,b},docs,build/tmp}; cd proj
for f in src/a/main.c src/a/util.c src/b/main.c src/b/util.h docs/readme.md build/out.o build/tmp/x.tmp 'docs/two words.txt'; do echo "file ${f##*/}" > "$f"; done
: > docs/empty
find . -type f | sort
find . -name '*.c' -o -name '*.h' | sort
find . -type d -name build -prune -o -type f -name '*.*' -print | sort
find . -type f -empty; find . -maxdepth 1 -mindepth 1 -type d | sort
find src -type f -name '*.c' -print0 | sort -z | xargs -0 wc -l | sed 's/^ *//'
find . -name '*.txt' -exec cat {} \;
find src -type f -exec basename {} .c \; | sort
find src -name '*.c' | sort | xargs grep -l main
find . -name '*.tmp' -delete; find build -type f
find . -type f -size +8c | sort; find . -path './src/*' -iname 'MAIN.*' | sort
find docs -type f -printf '%f %s\n' | sort
find src -type f ! -name '*.h' | sort | while read -r f; do mv "$f" "${f%.c}.cc"; done; ls src/*
find . -depth -type d | sort -r | head -3; find nowhere 2>/dev/null; echo $?
