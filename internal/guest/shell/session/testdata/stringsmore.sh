s='The quick brown fox'; echo ${#s} "${s:4:5}" "${s: -3}" "${s:0:-4}" "${s^^}" "${s,,}"; echo "${s/quick/slow}" "${s// /_}" "${s/#The/A}" "${s/%fox/dog}"
p=/usr/local/lib/libx.so.1.2; echo "${p##*/} ${p%/*} ${p#*/} ${p%%.*} ${p##*.}"; f=${p##*/}; echo "${f%%.*} ${f#*.}"; basename $p .2; dirname $p
trim() { local v=$1; v=${v#"${v%%[![:space:]]*}"}; v=${v%"${v##*[![:space:]]}"}; echo "[$v]"; }; trim '   a b  '; trim $'\t x\n'
rev <<< "$s"; r=; for ((i = ${#s} - 1; i >= 0; i--)); do r+=${s:i:1}; done; echo "$r"; echo "${s//[aeiou]/}" "${s//[^a-z]/}"
pad() { printf '%-10s|%10s|%010d|%+d|%.2f|%5.1f%%\n' "$1" "$1" "$2" "$2" "$2" "$2"; }; pad abc 42; repeat() { printf "%0.s$1" $(seq "$2"); echo; }; repeat =- 8
pal() { local t=${1//[^a-zA-Z]/}; t=${t,,}; [[ $t == "$(rev <<< "$t")" ]] && echo yes || echo no; }; pal 'A man, a plan, a canal: Panama'; pal nope
[[ foo123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "${BASH_REMATCH[1]}-${BASH_REMATCH[2]}"; [[ user@example.org =~ ^[^@]+@([^.]+)\. ]] && echo ${BASH_REMATCH[1]}; [[ abc < abd ]] && echo less
rot13() { tr 'A-Za-z' 'N-ZA-Mn-za-m' <<< "$1"; }; rot13 Hello; rot13 "$(rot13 Hello)"; echo ${s@Q} ${s@U}; w=($s); echo "${w[1]^} ${#w[@]}"; echo "${s:-x}" "${none:-x}" "${none:+y}" "${s:+y}"
x=aXbXc; echo "${x%X*} ${x%%X*} ${x#*X} ${x##*X}"; printf '%s\n' "${x//X/$'\n'}"; [ -z "" ] && [ -n x ] && [ a != b ] && echo tests; printf '%q %q\n' 'a b' "it's"; echo "${#none} é${#s}"; u=äöü; echo ${#u} ${u:1:1} ${u^^}
n=0; t=banana; while [[ $t == *an* ]]; do t=${t/an/}; n=$((n + 1)); done; echo $n $t; fold -w 6 <<< "$s"; fold -s -w 8 <<< "$s"; echo "$s" | awk '{ for (i = NF; i; i--) printf "%s%s", $i, i > 1 ? " " : "\n" }'; printf '%c%c\n' abc def
