printf 'a 1 x\nb 2 y\nc 3 z\n' > f
awk '{print $2}' f; awk -F: '{print $1}' <<<'u:v'; awk '{s+=$2} END {print s, s/NR}' f; awk 'NR==2' f; awk '$2>1 {print $1}' f; awk '{print NF, $NF}' f; awk 'BEGIN {printf "%5.2f|%s\n", 3.14159, "x"}'
awk '{a[$1]=$2} END {for (k in a) print k, a[k]}' f | sort; awk -v n=5 'BEGIN {print n*2}'; awk '/b/,/c/' f; awk '{$2=""; print}' f; awk 'BEGIN {OFS="-"} {$1=$1; print}' f; awk 'length($1)==1 {c++} END {print c}' f
awk '{gsub(/[a-z]/,"L"); print}' f; awk 'BEGIN {print substr("hello",2,3), toupper("x"), index("abc","c"), split("a,b,c",p,","), p[2]}'; awk '!seen[$3]++' f; awk 'function f(x) {return x*2} {print f($2)}' f; awk 'END {print NR}' f f
awk '{print > "out.txt"} END {close("out.txt")}' f; cat out.txt; awk 'FNR==NR {x[$1]=$2; next} $1 in x {print $1, x[$1]+$2}' f f; awk 'BEGIN {while ((getline line < "f") > 0) n++; print n}'; awk 'BEGIN{exit 3}'; echo $?
