seq 10 | grep -v 5 | head -4 | tail -2
yes | head -3; yes x | head -1000 | wc -l
seq 100000 | tail -1; seq 1 3 | while read n; do echo "n=$n"; done
echo a b c | tr ' ' '\n' | sort -r | paste -sd,
{ echo 1; echo 2 >&2; } 2>&1 | sort; cat /dev/null | wc -l
