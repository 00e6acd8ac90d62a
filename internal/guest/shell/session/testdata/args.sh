set -- one "two words" three
echo $# "$1" "$2"; for a in "$@"; do echo "<$a>"; done
shift; echo "$*"; IFS=,; echo "$*"
