diff <(seq 3) <(seq 2 4); echo $?
while read x; do echo "got $x"; done < <(printf '1\n2\n'); paste <(seq 2) <(seq 3 4)
comm -12 <(printf 'a\nb\n') <(printf 'b\nc\n'); mapfile -t L < <(seq 3); echo ${L[@]} ${#L[@]}
cat <(echo x) <(echo y) | wc -l; eval 'cat <(echo evaluated)'
