a='single $x'; b="double \$x \"q\""; echo "$a" "$b"; echo 'it'\''s'; echo $'tab\there\x41'; echo a\ b; echo "a
b"; x='*'; echo "$x"; echo "${x}"; echo "'nested'" '"quotes"'; v="a  b"; echo $v; echo "$v"; printf '<%s>' $v "$v"; echo; echo \\; echo "\\n"; echo 'back`tick'
