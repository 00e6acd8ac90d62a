true; echo $?; false; echo $?; (exit 7); echo $?
f() { return 3; }; f; echo $?; ! true; echo $?; nosuchcmd 2>/dev/null; echo $?
true && false || echo fallback; exit 5
