printf '%s\n' b a c a b | sort | uniq -c; printf '10\n9\n2\n' | sort; printf '10\n9\n2\n' | sort -n; printf '10\n9\n2\n' | sort -rn
printf 'x 3\ny 1\nz 2\n' | sort -k2 -n; printf 'a:3\nb:1\n' | sort -t: -k2; printf 'B\na\nC\n' | sort -f; printf 'b\na\nb\n' | sort -u
printf '1.10\n1.9\n1.2\n' | sort -V; printf '2K\n1M\n3\n' | sort -h; printf 'a\na\nb\n' | uniq -d; printf 'a\na\nb\n' | uniq -u
printf 'b 2\na 2\nc 1\n' | sort -k2,2n -k1,1r; printf 'A\na\n' | uniq -i; printf '3\n1\n' | sort -o f; cat f; printf 'a\nb\n' | sort -c; echo $?
