f() { local OPTIND o v=0 n=; while getopts "vn:" o; do case $o in v) v=1;; n) n=$OPTARG;; *) echo bad;; esac; done; shift $((OPTIND-1)); echo "v=$v n=$n rest=$*"; }
f -v -n 5 a b; f x; f -n7 y; while [ $# -gt 0 ]; do shift; done
parse() { while [[ $# -gt 0 ]]; do case $1 in --name) n=$2; shift 2;; --flag) fl=1; shift;; *) p+=("$1"); shift;; esac; done; echo "$n $fl ${p[*]}"; }; parse --name bob --flag x y
