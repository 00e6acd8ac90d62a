cat > sales.csv <<'E'
date,region,product,units,price
2024-01-03,north,widget,10,2.50
2024-01-04,south,gadget,3,10.00
2024-01-05,north,gadget,7,10.00
2024-02-01,east,widget,20,2.25
2024-02-11,south,widget,1,2.50
E
head -1 sales.csv | tr ',' '\n' | nl
tail -n +2 sales.csv | cut -d, -f2 | sort | uniq -c | awk '{ print $2, $1 }'
awk -F, 'NR > 1 { v[$2] += $4 * $5; all += $4 * $5 } END { for (r in v) printf "%s %.2f %.1f%%\n", r, v[r], 100 * v[r] / all }' sales.csv | sort -k2,2gr
awk 'BEGIN { FS = OFS = "," } NR == 1 { print $0, "total"; next } { print $0, $4 * $5 }' sales.csv
sort -t, -k4,4n <(tail -n +2 sales.csv) | cut -d, -f1,4 --output-delimiter=' '
awk -F, 'NR > 1 { m = substr($1, 1, 7); if (m != last) { if (last) print last, s; s = 0; last = m } s += $4 } END { print last, s }' sales.csv
while IFS=, read -r d r p u c; do [[ $p == widget ]] && echo "$d: $u in ${r^^}"; done < sales.csv
awk -F, '{ for (i = 1; i <= NF; i++) c[NR, i] = $i; n = NF } END { for (i = 1; i <= n; i++) { s = c[1, i]; for (j = 2; j <= NR; j++) s = s "\t" c[j, i]; print s } }' sales.csv | cut -f1-3
sed 's/,/ | /g;1s/.*/\U&/' sales.csv | head -2
