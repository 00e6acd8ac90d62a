printf 'apple\nBanana\ncherry pie\napple pie\n123\n' > f
grep apple f; grep -i banana f; grep -v pie f; grep -n pie f; grep -c apple f; grep -o 'p[a-z]*' f; grep -w pie f; grep -x apple f; grep -E '^(a|1)' f
grep -F 'e p' f; grep -l apple f nofile 2>/dev/null; grep -q cherry f && echo found; grep nothing f; echo $?; grep -A1 Banana f; grep -B1 cherry f; grep -C1 cherry f
mkdir d; echo apple > d/x.txt; echo apple > d/y.log; grep -r apple d | sort; grep -rl apple --include='*.txt' d; grep -e apple -e 123 f; grep -m1 apple f; grep -h apple f d/x.txt
grep -H 123 f; grep '[[:digit:]]\+' f; grep -E '[0-9]{3}' f; grep 'a\|1' f; grep -nv apple f; grep -oE '[0-9]' f; grep -L apple f d/x.txt; grep -c '' f; grep -P '\d+' f; grep -Eo '\b\w{5}\b' f
grep '\(p\)\1' f; echo 'a.b' | grep -F .; echo 'a*b' | grep 'a\*b'; printf 'x\ny\nz\nw\nx\n' | grep -A1 x; grep -on 'p' f | head -3; grep -i -v -c a f; grep -s x nofile; echo $?
