declare -A stock price
add() { stock[$1]=$((${stock[$1]:-0} + $2)); [ -n "$3" ] && price[$1]=$3; return 0; }
take() { local have=${stock[$1]:-0}; if ((have < $2)); then echo "only $have of $1" >&2; return 1; fi; stock[$1]=$((have - $2)); }
report() { for k in $(printf '%s\n' "${!stock[@]}" | sort); do printf '%-8s %4d %8s\n' "$k" "${stock[$k]}" "$(echo "scale=2; ${stock[$k]} * ${price[$k]}" | bc)"; done; }
add bolt 100 0.05; add nut 80 0.03; add gear 5 12.50; add bolt 20
take gear 2 && take nut 81 2>/dev/null || echo "exit $?"
report | tee report.txt; awk '{ t += $3 } END { printf "total %.2f\n", t }' report.txt
while IFS='|' read -r op item n; do
	case $op in
	in) add "$item" "$n" ;;
	out) take "$item" "$n" 2>&1 ;;
	*) echo "bad line: $op" ;;
	esac
done <<'E'
in|nut|20
out|gear|9
what
out|bolt|70
E
report; jq -n --arg g "${stock[gear]}" '{gear: ($g | tonumber)}' -c; declare -p stock >/dev/null && echo "${#stock[@]} kinds"
