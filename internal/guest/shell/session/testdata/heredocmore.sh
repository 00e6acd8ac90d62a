name=World; n=3
cat <<E
Hello, $name! $((n * 2)) $(echo sub) \$name \\ "q" 'q' `echo tick`
E
cat <<'E'
raw $name $(no) \n
E
cat <<-E
	tabs go
		all of them
	E
cat <<A; cat <<B
first
A
second
B
tr a-z A-Z <<< "here $name"; read -r x y <<< '1 2 3'; echo "$y"
while read -r l; do echo "> $l"; done <<E | tac
1
2
E
f() { cat <<E
in f: $1
E
}; f arg; v=$(cat <<E
multi
line
E
); echo "$v"; cat > out.txt <<E && wc -l < out.txt
a
b
E
if true; then cat <<E
nested ${name,,}
E
fi; cat <<E | sed 's/^/  /'
${undef:-default}
${name/World/Moon}
E
cat <<"END OF IT"
odd $delimiter
END OF IT
