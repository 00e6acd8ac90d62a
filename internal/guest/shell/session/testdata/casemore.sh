kind() { case $1 in [0-9]) echo digit;; [0-9]*[!0-9]*) echo mixed;; [0-9]*) echo number;; [[:upper:]]*) echo upper;; *.tar.gz|*.tgz) echo archive;; *.*) echo "file ${1##*.}";; '') echo empty;; -*) echo option;; *) echo other;; esac; }
for w in 5 42 4x Abc x.tar.gz y.tgz z.txt '' -v word; do echo "[$w] $(kind "$w")"; done
case abc in a*) echo one;& b*) echo two;; c*) echo three;; esac; case abc in a*) echo 1;;& *c) echo 2;;& x) echo 3;; *) echo 4;; esac
case "a b" in "a b") echo quoted;; esac; p='x*'; case xyz in "$p") echo literal;; $p) echo pattern;; esac
case yes in [Yy]|[Yy][Ee][Ss]) echo agreed;; esac; case $((3 % 2)) in 0) echo even;; 1) echo odd;; esac
case x in (x) echo paren;; esac; case q in a) ;; esac; echo $?
shopt -s extglob
for v in 12 ab12 foo.jpg foo.gif aaa; do case $v in +([0-9])) echo "$v num";; *.@(jpg|png)) echo "$v image";; !(*.*|a*)) echo "$v no";; ?(b)a*(a)) echo "$v as";; *) echo "$v rest";; esac; done
