# The agent for bash: requests, one after another, until the host goes away.
#
# The shell that reads this is the session, and runs all code itself, on the top
# level of the program in agent.go, which stands on one line so that the lines
# of the code have their own numbers. No other program is needed.
#
# Whatever ends a shell, be it exit, set -e, a variable that is not set or an
# interrupt, ends it truly. The trap on EXIT then reports, and puts a new shell in
# the place of this process, which reads the old one's state: variables,
# functions, aliases, options and traps. Folder, descriptors and process number
# are the process's own and stay.
#
# The socket, standard output and standard error are kept on descriptors 27, 28
# and 29. No program that the code starts inherits the first: see the end.
#
# The code may have made any setting, so that what follows relies on none.

__caisson_agent=$1 __caisson_pid=$BASHPID __caisson_trap='' __caisson_options='' __caisson_args=()
__caisson_on_exit='{ __caisson_exit; } 2>/dev/null' __caisson_on_interrupt='{ __caisson_interrupted; } 2>/dev/null'

# __caisson_send KIND PAYLOAD sends a frame of at most 255 bytes.
__caisson_send() {
	local LC_ALL=C length
	builtin printf -v length '\\x%02x' "${#2}"
	builtin printf "$length"'\0\0\0%s%s' "$1" "$2" >&27
}

# __caisson_receive reads a frame's payload into the caller's frame. A byte of
# its head may be zero, which no variable can hold.
__caisson_receive() {
	local LC_ALL=C byte i n=0
	for i in 0 8 16 24 32; do
		IFS= builtin read -r -d '' -n 1 -u 27 byte || builtin return
		((i == 32)) || { builtin printf -v byte %d "'$byte" && ((n |= (byte & 255) << i)); }
	done
	frame=''
	((n == 0)) || IFS= builtin read -r -d '' -N "$n" -u 27 frame
}

# __caisson_text NAME takes the string at the start of the caller's rest, whose
# escapes are those of printf, into a variable.
__caisson_text() {
	local taken=${rest%%\"*}
	rest=${rest#"$taken"\"}
	taken=${taken//$'\2'/\"}
	taken=${taken//$'\1'/\\\\}
	builtin printf -v "$1" %b "$taken"
}

# __caisson_next waits for a request and makes everything ready for it.
__caisson_next() {
	local frame rest name stdin text parts IFS LC_ALL=C
	__caisson_receive || builtin return
	# No quote within a string stands for itself, so this is found but once.
	rest=${frame##*\",\"name\":\"}
	# Code may be long, and few operations of bash are quick on what is long: it is
	# split at its quotes, and each part loses the backslash before the quote.
	IFS=\"
	builtin set -f
	parts=(${frame:9:${#frame}-${#rest}-19}.)
	builtin set +f
	parts=("${parts[@]%\\}")
	text="${parts[*]}"
	builtin printf -v __caisson_code %b "${text%.}"
	IFS=$' \t\n'
	rest=${rest//\\\\/$'\1'}
	rest=${rest//\\\"/$'\2'}
	__caisson_text name
	rest=${rest#*\"args\":\[}
	__caisson_args=()
	while [[ $rest == [,\"]* ]]; do
		rest=${rest#,}
		rest=${rest#\"}
		__caisson_text text
		__caisson_args+=("$text")
	done
	[[ $rest != *'"fresh":true'* ]] || RANDOM=${SRANDOM:-$BASHPID}
	[[ $rest != *'"stdin":"'* ]] || {
		rest=${rest#*\"stdin\":\"}
		__caisson_text stdin
		exec <"$stdin"
	}
	BASH_ARGV0=${name:-bash}
	builtin trap "$__caisson_on_interrupt" INT
}

# __caisson_gone ends the session: the host is no longer there.
__caisson_gone() {
	builtin trap - EXIT
	builtin exit 0
}

__caisson_interrupted() { builtin exit 130; }

# __caisson_done STATUS ends an execution and says so.
__caisson_done() {
	__caisson_end "$1"
	__caisson_send d "$1"
}

# __caisson_end STATUS takes back what only an execution has.
__caisson_end() {
	__caisson_options=${-//[!aefkmtuvxCPT]/}
	builtin set +efnuvx
	exec 1>&28 2>&29
	builtin trap : INT
	[[ -z $__caisson_trap ]] || __caisson_bye "$1"
	exec </dev/null
}

# __caisson_bye STATUS runs the code's own trap on EXIT, once.
__caisson_bye() {
	local action=$__caisson_trap
	__caisson_trap=''
	(builtin exit "$1")
	builtin eval "$action"
}

# __caisson_exit is what the end of the shell becomes. That the execution is
# done is said by the new shell: an interrupt before it is ready would be its end.
__caisson_exit() {
	local status=$? state traps
	[[ $BASHPID == "$__caisson_pid" ]] || builtin return
	__caisson_end "$status"
	__caisson_traps
	exec {state}< <(__caisson_state)
	exec -c "$BASH" --noprofile --norc -c "$BASH_EXECUTION_STRING" bash "$__caisson_agent" "$state" "$status" <&27
}

# __caisson_state writes the shell's state as code.
__caisson_state() {
	local name
	while IFS= builtin read -r name; do
		case $name in
		BASH* | EPOCH* | __caisson_[!o]* | DIRSTACK | EUID | FUNCNAME | GROUPS | LINENO | PIPESTATUS | PPID | RANDOM | SECONDS | SHELLOPTS | SHLVL | SRANDOM | UID | name | state | status | traps | _) ;;
		*) builtin declare -p "$name" ;;
		esac
	done 2>/dev/null <<<"$(builtin compgen -v)"
	builtin declare -f
	builtin declare -Fx
	builtin alias -p
	builtin shopt -p
	builtin shopt -po allexport braceexpand noclobber pipefail physical
	builtin umask -p
	builtin printf %s "$traps"
}

# trap keeps what the code wants at its end, which is not the end of the shell.
trap() {
	[[ $BASHPID == "$__caisson_pid" ]] || { builtin trap "$@"; builtin return; }
	[[ ${1-} != -- ]] || builtin shift
	case $#:${1-} in
	0: | 1:-p)
		local traps
		__caisson_traps
		[[ ! $__caisson_trap ]] || builtin printf 'trap -- %q EXIT\n' "$__caisson_trap"
		builtin printf %s "$traps"
		builtin return
		;;
	*:-*[lp]*) builtin trap "$@" && builtin return ;;
	esac
	local action=$1 signal status=0
	(($# < 2)) && action=- || builtin shift
	for signal; do
		case $signal in
		EXIT | exit | 0) [[ $action == - ]] && __caisson_trap='' || __caisson_trap=$action ;;
		INT | SIGINT | int | sigint | 2) [[ $action == - ]] && action=$__caisson_on_interrupt ;;&
		*) builtin trap -- "$action" "$signal" || status=$? ;;
		esac
	done
	builtin return "$status"
}

# __caisson_traps puts the code's traps, without ours, into the caller's traps.
__caisson_traps() {
	local line
	traps=''
	while IFS= builtin read -r line; do
		[[ $line == *__caisson_* ]] || traps+=$line$'\n'
	done <<<"$(builtin trap -p)"
}

# While bash has closed a descriptor for a command, it keeps what that was on the
# first free number from 10 up, to be closed in other programs. A copy of that
# is closed in them, too.
[[ $2 ]] || exec <&3 3>&-
for ((__caisson_free = 10; ; __caisson_free++)); do
	[[ -e /proc/self/fd/$__caisson_free ]] || break
done
{ exec 27>&$__caisson_free; } <&-
exec 28>&1 29>&2 </dev/null
if [[ $2 ]]; then
	builtin . "/proc/self/fd/$2" 2>/dev/null
	builtin eval "exec $2<&-"
	__caisson_agent=$1
else
	FUNCNEST=2000 # deeper, bash itself would crash
	__caisson_send k ''
fi
builtin trap : INT
builtin trap "$__caisson_on_exit" EXIT
[[ ! $2 ]] || __caisson_send d "$3"
