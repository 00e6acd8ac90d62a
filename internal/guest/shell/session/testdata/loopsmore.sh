for i in {1..3}; do for j in {a..c}; do [[ $i$j == 2b ]] && continue 2; printf '%s ' "$i$j"; done; done; echo
i=0; while ((i < 10)); do ((++i % 2)) || continue; ((i > 7)) && break; echo -n "$i "; done; echo
until [ "${n:=0}" -ge 3 ]; do n=$((n + 1)); done; echo "n=$n"
for ((a = 0, b = 10; a < b; a += 3, b--)); do echo "$a $b"; done
for x; do echo no; done; set -- p 'q r'; for x; do echo "($x)"; done
while read -r k v; do case $k in '#'*) continue;; esac; echo "$v <- $k"; done <<'E'
# comment
a 1
b 2 3
E
for f in nothing*; do [ -e "$f" ] || echo "no match: $f"; done
x=5; while ((x--)); do [ $x = 2 ] && break; done; echo $x
for w in $(echo one two | tr ' ' '\n'); do echo "${#w}"; done; i=10; until ((i == 7)) ; do echo $((i--)); done
for c in $(seq 0 2 6) $(seq -s' ' 3 -1 1); do printf '%d,' "$c"; done; echo; seq 3 | { t=0; while read -r q; do t=$((t + q)); done; echo $t; }
select_none() { local out=(); local e; for e in "$@"; do [[ $e == *[!0-9]* ]] || out+=("$e"); done; ((${#out[@]})) && echo "${out[*]}" || echo none; }; select_none a 1 b2 33; select_none z
