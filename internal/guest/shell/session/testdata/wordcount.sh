text="the cat the dog a cat the end"
echo $text | tr ' ' '\n' | sort | uniq -c | sort -k1,1rn -k2 | awk '{print $2": "$1}'
declare -A n; for w in $text; do ((n[$w]++)); done; for k in "${!n[@]}"; do echo $k ${n[$k]}; done | sort
