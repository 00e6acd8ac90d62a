seq 7 | xargs -n 3 echo row
printf 'a b\nc d\n' | xargs -I{} echo '<{}>'
printf '%s\0' 'one two' three | xargs -0 -n1 printf '[%s]\n'
echo 'a,b,c' | tr , '\n' | xargs -I% sh -c 'echo "% is $(echo % | tr a-c x-z)"'
echo 1 2 3 | xargs -n1 expr 10 + ; echo | xargs echo none; echo -n | xargs -r echo never
printf '3\n1\n2\n' | sort | xargs; printf "'q q' r\n" | xargs -n1
mkdir d; touch d/{1..3}.txt; ls d | sed 's/\.txt$//' | xargs -I{} mv d/{}.txt d/{}.md; ls d
seq 3 | xargs -L1 echo line; echo 'x y' | xargs -d' ' -n1 | cat -A; seq 2 | xargs -t -n1 true 2>&1
seq 4 | xargs -P2 -n2 echo | sort; false | xargs false; echo $?; echo 5 | xargs -n1 sh -c 'exit 7'; echo $?
