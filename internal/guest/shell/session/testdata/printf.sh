printf '%s %d %5.2f|%-5s|%05d|%x|%o|%c\n' str 42 3.14159 ab 42 255 8 xyz
printf '%s\n' a b c; printf '%d-%d\n' 1 2 3; printf '%b\n' 'a\tb'; printf '%%\n'; printf '%q\n' "it's a"; printf '%s'; echo
printf '%+d % d %e %g %G\n' 5 5 12345.678 0.0001 1e10; printf '%*d|%-*s|\n' 5 42 6 ab; printf '\x41\101\u00e9\n'; printf '%.3s|\n' abcdef
printf -v v '%03d' 7; echo $v; printf '%d\n' "'A" 0x1F 010; printf '%s %s\n' only; printf '%i\n' abc; echo $?
