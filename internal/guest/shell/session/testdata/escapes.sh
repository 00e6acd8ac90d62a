x='it'\''s'; echo "$x"; y=a\'b; echo $y; z="q'"; echo $z; eval "w='it'\\''s'"; echo $w; v=a\ b\\c; echo "$v"; echo hi > my\ file; cat my\ file; cat < my\ file
case a\ b in 'a b') echo matched;; esac; case 'x*y' in x\*y) echo star;; esac; f() { local p=\$HOME q='a'\"'b'; echo "$p $q"; }; f; export T=\~; echo $T; n=one\
two; echo $n; [[ 'a b' == a\ b ]] && echo test; cat <<<don\'t; declare d=\"q\"; echo $d; IFS=\| read -r a b <<<'1|2'; echo $a-$b
