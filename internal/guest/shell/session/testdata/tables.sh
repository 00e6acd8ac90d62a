printf '%-8s %6s %8s\n' name qty price; printf '%-8s %6d %8.2f\n' apple 3 1.5 pear 12 0.333 'fig tree' 100 20; printf '%s\n' {1..20} | paste - - - - - ; printf -- '-%.0s' {1..24}; echo
printf 'id name score\n1 ann 9.5\n22 bartholomew 10\n' | column -t; printf 'a,bb,c\ndddd,e,ff\n' | column -t -s,; printf 'k:v\nlonger:w\n' | column -t -s: -o ' = '
awk 'BEGIN { printf "+%s+\n", "-----"; for (i = 1; i <= 3; i++) printf "|%5d|\n", i * i; printf "%-5s|%05.1f|%e|%c%c\n", "ab", 3.14159, 12345.678, 65, "hey" }'
for i in {1..4}; do for j in {1..4}; do printf '%4d' $((i * j)); done; echo; done; for n in 3 7 5; do printf '%2d %s\n' $n "$(printf '#%.0s' $(seq $n))"; done
printf '%5s|%-5s|%05d|%x|%o|%5.2f|%s\n' ab cd 42 255 8 3.14159 end; printf '%*d|%-*d|\n' 6 42 6 42; printf '%.3s|%10.4s|\n' abcdef abcdef; printf '%b\n' 'tab\there'; printf '%%|%c|%i\n' x 7; printf '%s %s\n' a b c; printf '%d\n' 0x1f 010 "'A"
seq 10 | pr -3 -t -w 30 2>/dev/null | head -0; seq 6 | paste -sd, ; paste -d'|' <(seq 3) <(printf 'x\ny\nz\n'); printf 'long line of words here\n' | fmt -w 10; nl -ba -w3 -s': ' <<< $'p\n\nq'; printf 'x\ty\n' | expand -t4; seq 3 | cat -n
