is_prime() { local n=$1 i; ((n<2)) && return 1; for ((i=2;i*i<=n;i++)); do ((n%i==0)) && return 1; done; return 0; }
for n in {1..30}; do is_prime $n && printf '%s ' $n; done; echo
fib() { local a=0 b=1 t; for ((i=0;i<$1;i++)); do t=$((a+b)); a=$b; b=$t; done; echo $a; }; fib 30
