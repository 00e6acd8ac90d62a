[[ abc == a* ]] && echo glob; [[ abc =~ ^a(.)c$ ]] && echo "${BASH_REMATCH[1]}"; [[ "a b" == "a b" ]] && echo q
[[ -d . && -r . ]] && echo dir; touch f; [[ -f f && ! -s f ]] && echo emptyfile; [[ 10 -gt 9 ]] && echo num; [[ b > a ]] && echo gt
chmod +x f; [ -x f ] && echo exec; mkdir d; [ f -nt nofile ] && echo newer; [[ -z $unset ]] && echo z
