x=1; (x=2; cd /; echo $x); echo $x; y=$(x=3; echo $x); echo $y $x
( exit 4 ); echo $?; { x=9; }; echo $x; echo $(cd / && pwd); (set -e; false; echo no); echo $?
