declare -A m; m[one]=1; m[two]=2; m["a b"]=3
for k in "${!m[@]}"; do echo "$k=${m[$k]}"; done | sort
echo ${#m[@]}; unset 'm[one]'; echo ${#m[@]}; [[ -v m[two] ]] && echo has
