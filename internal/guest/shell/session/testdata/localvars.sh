x=global
show() { echo "x=$x"; }
outer() { local x=outer; show; inner; show; }
inner() { x=changed; local y=only; echo "y=$y"; }
outer; echo "$x ${y-unset}"
ret() { return ${1:-3}; }; ret; echo $?; ret 0 && echo fine; ret 300; echo $?
count() { echo "$# args: $*"; }; count; count a 'b c'; count "$@"; args=(1 '2 3'); count "${args[@]}" "${args[*]}"
byname() { local -n ref=$1; ref="$ref+"; ref2=${ref}; }; v=val; byname v; echo $v $ref2
swap() { local t=${!1}; printf -v "$1" %s "${!2}"; printf -v "$2" %s "$t"; }; p=1 q=2; swap p q; echo $p $q
recursive() { local n=$1; if ((n > 0)); then recursive $((n - 1)); echo -n "$n "; fi; }; recursive 5; echo
defaults() { local a=${1:-A} b=${2-B} c=${3:+C}; echo "$a/$b/$c"; }; defaults; defaults '' ''; defaults 1 2 3
f() { g() { echo defined inside; }; }; f; g; unset -f g; type g >/dev/null 2>&1 || echo gone
readonly R=1; (R=2) 2>/dev/null || echo readonly; h() { local i; for i in 1 2; do :; done; echo $i; }; i=out; h; echo $i
join_by() { local IFS=$1; shift; echo "$*"; }; join_by , a b c; join_by / usr local bin
early() { for k in 1 2 3; do [ $k = 2 ] && return 9; echo $k; done; }; early; echo $?
shift_all() { while (($#)); do case $1 in -v) echo verbose;; --name=*) echo "name ${1#*=}";; --) shift; echo "rest $*"; return;; *) echo "arg $1";; esac; shift; done; }; shift_all -v --name=x y -- z -v
