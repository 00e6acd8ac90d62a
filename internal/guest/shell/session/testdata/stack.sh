stack=(); push() { stack+=("$1"); }; pop() { local n=${#stack[@]}; echo ${stack[n-1]}; unset "stack[n-1]"; }
push a; push b; push c; pop; echo ${#stack[@]}; reverse() { local i; for ((i=${#1}-1;i>=0;i--)); do printf %s "${1:i:1}"; done; echo; }; reverse hello
