n=World
cat <<EOF
Hello $n $(echo sub) $((1+1)) \$n
EOF
cat <<'EOF'
raw $n `x`
EOF
cat <<-EOF
	tab stripped
	EOF
cat <<<"here $n"; f() { cat; }; f <<X
in function
X
