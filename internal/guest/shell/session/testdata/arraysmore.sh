a=(zero one 'two words' three); echo "${a[0]}|${a[-1]}|${#a[@]}|${#a[2]}"; echo "${a[@]:1:2}"; echo "${!a[@]}"
a+=(four); a[9]=nine; echo "${!a[@]}"; unset 'a[1]'; echo "${#a[@]} ${a[*]}"; b=("${a[@]}"); echo "${!b[@]}"
printf '<%s>' "${a[@]/o/0}"; echo; printf '<%s>' "${a[@]#t}"; echo; printf '<%s>' "${a[@]^}"; echo; echo "${a[@]: -2}"
for i in "${!b[@]}"; do echo "$i=${b[i]}"; done; IFS=+; echo "${b[*]}"; unset IFS
IFS=: read -r -a parts <<< 'a:b::d'; echo "${#parts[@]} [${parts[2]}] ${parts[3]}"; mapfile -t lines < <(seq 3); echo "${lines[@]}"
sorted=($(printf '%s\n' 5 3 9 1 | sort -n)); echo "${sorted[@]}"; max=${sorted[-1]}; echo $max
stack=(); stack+=(a); stack+=(b); echo "${stack[-1]}"; unset 'stack[-1]'; echo "${#stack[@]}"; queue=(1 2 3); queue=("${queue[@]:1}"); echo "${queue[@]}"
contains() { local e x=$1; shift; for e; do [[ $e == "$x" ]] && return 0; done; return 1; }; contains one "${a[@]}" && echo yes || echo no; contains three "${a[@]}" && echo yes
rev=(); for x in 1 2 3 4; do rev=("$x" "${rev[@]}"); done; echo "${rev[*]}"; s=hello; for ((i = 0; i < ${#s}; i++)); do c[i]=${s:i:1}; done; echo "${c[*]}"; m=([3]=x [1]=y); echo "${m[@]} ${!m[@]}"
matrix=("1 2 3" "4 5 6"); for row in "${matrix[@]}"; do sum=0; for n in $row; do ((sum += n)); done; echo $sum; done; empty=(); echo "${#empty[@]}"
