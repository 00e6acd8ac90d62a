cat > p.csv <<E
name,dept,pay
ann,eng,100
bob,ops,50
cid,eng,80
E
tail -n +2 p.csv | awk -F, '{s[$2]+=$3} END {for (d in s) print d","s[d]}' | sort
while IFS=, read -r n d p; do [ "$n" = name ] && continue; printf '%-5s|%5s\n' "$n" "$p"; done < p.csv; cut -d, -f3 p.csv | tail -n +2 | paste -sd+ | sed 's/^/echo $((/;s/$/))/' | bash
