# The boot script of the shell guest. caisson_boot runs it once, at build time,
# before the shell is frozen: what it exports is there in every sandbox, and
# what it runs need not be set up again.
export HOME=/workspace TMPDIR=/tmp USER=user LOGNAME=user PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 TERM=dumb SHELL=/bin/bash
cd /workspace && unset OLDPWD

# Common paths, so that their first use in a sandbox is not the first of all.
for _warm in 1 2; do
	_sum=0
	while read -r _n; do _sum=$((_sum + _n)); done <<<"$(seq 3)"
	printf '%s\n' "b $_sum" 'a 1' | sort | sed 's/\([a-z]\) /\1=/' | grep -c = >/dev/null
	echo '{"a":[1,2]}' | jq -c '.a[]' | awk '{ s += $1 } END { print s }' >/dev/null
	[[ $_sum =~ ^[0-9]+$ && -d /tmp ]] && ls / | wc -l >/dev/null
done
unset _warm _sum _n
