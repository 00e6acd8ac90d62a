x=$(echo a; echo b); echo "$x"; echo $x
y=`echo old`; echo $y; echo "$(echo "nested $(echo deep)")"
z=$(false); echo $?; n=$(printf 'a\n\n\n'); echo "[$n]"
