gen() {
	local i levels=(DEBUG INFO WARN ERROR)
	for ((i = 0; i < 40; i++)); do
		printf '2024-05-%02dT%02d:%02d:00Z [%s] worker-%d: took %dms\n' $((1 + i / 20)) $((i % 24)) $((i * 7 % 60)) "${levels[i % 4]}" $((i % 3)) $((i * i % 97))
	done
}
gen > app.log
head -3 app.log; tail -n 2 app.log
grep -c '\[ERROR\]' app.log
awk '{ gsub(/[\[\]]/, "", $2); gsub(/:$/, "", $3); sub(/ms$/, "", $5); k = $2 SUBSEP $3; n[k]++; t[k] += $5; if ($5 > m[k]) m[k] = $5 }
END { for (k in n) { split(k, p, SUBSEP); printf "%-6s %-9s n=%d mean=%.2f max=%d\n", p[1], p[2], n[k], t[k] / n[k], m[k] } }' app.log | sort
awk '$5 + 0 > 80' app.log | sed -E 's/^([^T]+)T([0-9:]+)Z .* took (.*)$/\1 \2 \3/' | sort -k3,3nr | head -5
grep -A1 -n 'T10:' app.log | cut -c1-40
for level in INFO ERROR; do echo "$level $(grep -o "\[$level\]" app.log | wc -l)"; done
