a=(x y "z w"); echo ${#a[@]} "${a[2]}" "${a[@]}"; a+=(q); echo ${a[-1]}
a[10]=ten; echo ${!a[@]}; unset 'a[0]'; echo ${a[@]}
for v in "${a[@]}"; do echo "[$v]"; done; echo "${a[@]:1:2}"
b=("${a[@]/z/Z}"); echo "${b[@]}"
