parse() {
	local OPTIND=1 opt verbose=0 out= names=()
	while getopts ':vo:n:h' opt; do
		case $opt in
		v) ((verbose++)) ;;
		o) out=$OPTARG ;;
		n) names+=("$OPTARG") ;;
		h) echo usage; return 0 ;;
		:) echo "-$OPTARG wants a value"; return 2 ;;
		\?) echo "unknown -$OPTARG"; return 1 ;;
		esac
	done
	shift $((OPTIND - 1))
	echo "verbose=$verbose out=$out names=${names[*]} rest=$*"
}
parse -v -o file a b; parse -vvofile x; parse -n 1 -n '2 3' v; parse -o; echo $?; parse -z; echo $?; parse -h; parse
long() { while [ $# -gt 0 ]; do case $1 in --size) size=$2; shift 2;; --size=*) size=${1#*=}; shift;; --force) force=1; shift;; --) shift; break;; -*) echo "bad $1"; return 1;; *) break;; esac; done; echo "size=$size force=${force:-0} rest=$*"; }
long --size 3 --force a; long --size=9 -- --x; long --nope; set -- -a -b val c; while getopts ab: o; do echo "$o ${OPTARG-}"; done; echo $OPTIND
