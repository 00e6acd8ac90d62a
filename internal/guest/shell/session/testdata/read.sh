printf 'a b c\nd e\n' | while read -r x y; do echo "[$x][$y]"; done
IFS=: read -r u p rest <<<"root:x:0:0"; echo "$u $p $rest"
read -ra arr <<<"1 2  3"; echo ${#arr[@]}; echo 'a\tb' | { read l; echo "$l"; }; echo 'a\tb' | { read -r l; echo "$l"; }
printf 'x\0y\0' | while IFS= read -r -d '' f; do echo "<$f>"; done; printf 'no newline' | { read l || echo "eof $l"; }
read -n 2 ab <<<abcdef; echo $ab; IFS=, read a b c <<<"1,,3"; echo "$a|$b|$c"; IFS= read -r l <<<"  sp  "; echo "[$l]"
