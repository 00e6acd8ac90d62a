echo $((7 / 2)) $((-7 / 2)) $((7 % 3)) $((-7 % 3)) $((2 ** 10)) $((1 << 4 | 3)) $((0xff & 0x0f)) $((~5)) $((!0)) $((5 ^ 1))
echo $((010)) $((16#ff)) $((2#1011)) $((36#z)) $((3 > 2 ? 10 : 20)) $((1, 2, 3)) $(( (2 + 3) * 4 )) $((10 - 2 - 3))
x=5; echo $((x++)) $x $((++x)) $((x--)) $((--x)) $((x += 4)) $((x *= 2)) $((x %= 7)) $((x <<= 3)) $((x |= 1)) $((x ^= 3))
let y=3*4 z=y+1; echo $y $z; ((y == 12 && z > 12)) && echo both; ((0)) || echo zero
gcd() { local a=$1 b=$2; while ((b)); do ((a %= b, a ^= b, b ^= a, a ^= b)); done; echo $a; }; gcd 48 36; gcd 17 5
fact() { (($1 < 2)) && echo 1 || echo $(($1 * $(fact $(($1 - 1))))); }; fact 15; fact 20
a=(1 2 3); echo $((a[0] + a[2])) $((${#a[@]} * 2))
tobin() { local n=$1 s=; while ((n)); do s=$((n & 1))$s n=$((n >> 1)); done; echo ${s:-0}; }; tobin 10; tobin 255; tobin 0
printf '%d %o %x %X %#x\n' 255 255 255 255 255; echo $((9223372036854775807 + 1))
sqrt() { local n=$1 r=$1; while ((r * r > n)); do ((r = (r + n / r) / 2)); done; echo $r; }; sqrt 144; sqrt 1000000; fib() { local a=0 b=1 i; for ((i = 0; i < $1; i++)); do ((b += a, a = b - a)); done; echo $a; }; fib 50; fib 90
collatz() { local n=$1 c=0; while ((n != 1)); do ((n = n % 2 ? 3 * n + 1 : n / 2, c++)); done; echo "$1 $c"; }; collatz 27; collatz 97
