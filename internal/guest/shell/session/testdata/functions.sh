fact() { local n=$1; if ((n<=1)); then echo 1; else echo $((n*$(fact $((n-1))))); fi; }
fact 10
x=1; f() { local x=2; g; }; g() { echo $x; }; f; echo $x
count() { echo $#; }; count "$@" a "b c"; h() { echo "$FUNCNAME $LINENO"; }
h
