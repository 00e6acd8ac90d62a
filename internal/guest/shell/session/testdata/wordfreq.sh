cat > text <<'E'
It was the best of times, it was the worst of times, it was the age of wisdom,
it was the age of foolishness, it was the epoch of belief, it was the epoch of
incredulity, it was the season of Light, it was the season of Darkness.
E
tr -cs '[:alpha:]' '\n' < text | tr '[:upper:]' '[:lower:]' | sort | uniq -c | sort -k1,1nr -k2,2 | head -5 | awk '{ print $2 ": " $1 }'
wc -w < text; grep -o -w 'epoch' text | wc -l; grep -oiE '\b[a-z]{9,}\b' text | sort -f; sed 's/it was/IT WAS/Ig' text | grep -c 'IT WAS'
awk '{ for (i = 1; i <= NF; i++) { w = $i; gsub(/[^A-Za-z]/, "", w); n[length(w)]++ } } END { for (l in n) print l, n[l] }' text | sort -n
fold -s -w 40 text | head -2 | cat -A; fmt -w 50 text | wc -l; declare -A first; while read -r -a words; do for w in "${words[@]}"; do c=${w:0:1}; c=${c,,}; ((first[$c]++)); done; done < text; for c in "${!first[@]}"; do echo "$c${first[$c]}"; done | sort | paste -sd' '; grep -n 'season' text | cut -d: -f1; grep -c '' text; head -c 11 text; echo; tr -d '\n' < text | tr -s ' ' | cut -c1-30; sort -u <(tr ' ' '\n' < text) | wc -l
