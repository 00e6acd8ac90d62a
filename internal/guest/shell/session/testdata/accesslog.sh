cat > access.log <<'E'
10.0.0.1 - - [01/Mar/2024:10:00:01 +0000] "GET /index.html HTTP/1.1" 200 1043
10.0.0.2 - - [01/Mar/2024:10:00:05 +0000] "GET /about.html HTTP/1.1" 200 512
10.0.0.1 - - [01/Mar/2024:10:01:11 +0000] "POST /login HTTP/1.1" 302 0
10.0.0.3 - - [01/Mar/2024:11:02:00 +0000] "GET /missing HTTP/1.1" 404 209
10.0.0.1 - - [01/Mar/2024:11:05:42 +0000] "GET /index.html HTTP/1.1" 200 1043
10.0.0.2 - - [01/Mar/2024:12:00:00 +0000] "GET /api/items?id=7 HTTP/1.1" 500 87
E
echo "requests: $(wc -l < access.log)"
echo "top addresses:"
awk '{ print $1 }' access.log | sort | uniq -c | sort -k1,1nr -k2 | awk '{ printf "%4d %s\n", $1, $2 }'
echo "by status:"
awk '{ n[$9]++; b[$9] += $10 } END { for (s in n) printf "%s %d %d\n", s, n[s], b[s] }' access.log | sort
echo "by hour:"
sed -E 's/.*\[[^:]+:([0-9]{2}):.*/\1/' access.log | uniq -c | sed 's/^ *//'
echo "failed:"
awk -F'"' '$3 ~ /^ [45]/ { split($2, r, " "); print r[2] }' access.log | cut -d'?' -f1
total=0; while read -r bytes; do (( total += bytes )); done < <(awk '{ print $NF }' access.log)
echo "bytes: $total, mean $(( total / $(wc -l < access.log) ))"
