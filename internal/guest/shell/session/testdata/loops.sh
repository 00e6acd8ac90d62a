for i in 1 2 3; do [ $i = 2 ] && continue; echo $i; done
i=0; while true; do i=$((i+1)); [ $i -ge 4 ] && break; done; echo $i
until [ $i -le 0 ]; do i=$((i-1)); done; echo $i
for a in x y; do for b in 1 2; do [ $b = 2 ] && continue 2; echo $a$b; done; done
for i in {1..5}; do printf $i; done; echo; echo {a,b}{1,2} {10..0..5} {a..e}
