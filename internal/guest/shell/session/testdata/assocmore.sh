declare -A age=([tom]=30 [ann]=25 ['two words']=7); age[bob]=41
for k in "${!age[@]}"; do echo "$k=${age[$k]}"; done | sort; echo "${#age[@]} ${age[ann]} ${age[none]-missing}"
unset 'age[tom]'; [[ -v age[tom] ]] || echo 'no tom'; [[ -v age[bob] ]] && echo 'bob'; ((age[ann]++)); ((age[bob] += 9)); echo "${age[ann]} ${age[bob]}"
declare -A count; for w in the cat the dog a cat the; do ((count[$w]++)); done; for w in "${!count[@]}"; do echo "${count[$w]} $w"; done | sort -k1,1nr -k2
declare -A seen; for x in b a b c a; do [[ ${seen[$x]} ]] && continue; seen[$x]=1; echo -n "$x "; done; echo
declare -A inv; for k in "${!age[@]}"; do inv[${age[$k]}]=$k; done; echo "${inv[26]} ${inv[50]}"
declare -A tree=([root]='a b' [a]='c' [b]='' [c]=''); walk() { local n; echo "$2$1"; for n in ${tree[$1]}; do walk "$n" "$2  "; done; }; walk root ''
key='x y'; declare -A m; m[$key]=1; m["$key z"]=2; for k in "${!m[@]}"; do echo "[$k]"; done | sort
f() { local -A l=([p]=q); l[r]=s; echo "${l[p]}${l[r]}"; }; f; echo "${l[p]-unset}"; declare -A e=(); echo ${#e[@]}
declare -A memo; fib() { local n=$1; if ((n < 2)); then r=$n; elif [[ ${memo[$n]} ]]; then r=${memo[$n]}; else fib $((n - 1)); local a=$r; fib $((n - 2)); r=$((a + r)); memo[$n]=$r; fi; }; fib 40; echo $r
