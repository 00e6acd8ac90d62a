echo one > f; echo two >> f; cat < f; wc -l < f; echo err 2>/dev/null >&2; ls nofile 2> e || echo failed; wc -l < e
{ echo a; echo b; } > g; cat g; echo both &> h; cat h; : > g; wc -c < g; cat f g > k; wc -l k
exec > out.txt; echo hidden; exec >&2; cat out.txt
