cat > log <<'E'
2024-01-01 10:00:00 ERROR db timeout 500
2024-01-01 10:01:00 INFO ok 200
2024-01-01 11:00:00 ERROR api failed 502
2024-01-02 10:00:00 WARN slow 200
E
grep -c ERROR log; awk '{print $3}' log | sort | uniq -c | sort -rn; cut -d' ' -f1 log | sort -u; sed -n 's/.*ERROR \(.*\) [0-9]*$/\1/p' log; awk '$NF>=500 {n++} END {print n}' log; grep -oE '[0-9]{2}:[0-9]{2}' log | head -2; awk -F'[ :]' '{h[$2]++} END {for (x in h) print x, h[x]}' log | sort
