v=hello.tar.gz; echo ${v%.*} ${v%%.*} ${v#*.} ${v##*.} ${#v} ${v:1:3} ${v: -2}
echo ${v/l/L} ${v//l/L} ${v/#he/HE} ${v/%gz/GZ} ${v^} ${v^^} ${v,,}
unset u; echo ${u:-default} ${u-d} ${u:+set} ${v:+set}; : ${u:=assigned}; echo $u
e=; echo "[${e:-x}]" "[${e-x}]"; r=v; echo ${!r}
