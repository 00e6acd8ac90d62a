cat > s.sh <<'E'
#!/bin/bash
echo "args: $# $1"; exit 4
E
chmod +x s.sh; ./s.sh hello; echo $?; bash s.sh x; sh -c 'echo $0 $1' zero one; bash -c 'exit 9'; echo $?; cat > lib.sh <<'E'
libf() { echo "lib $1"; }
V=fromlib
E
source lib.sh; libf a; . ./lib.sh; echo $V; echo 'echo piped $((1+1))' | bash; export X=env; bash -c 'echo $X'; Y=1 bash -c 'echo $Y'; echo "[$Y]"; bash -s a b <<< 'echo $2'; eval "Z=3; echo \$Z"; bash -e -c 'false; echo no'; echo $?; env -i A=1 bash -c 'echo $A'; env FOO=bar printenv FOO; ./nofile 2>/dev/null; echo $?
