f() { case $1 in a*) echo A;; b|c) echo BC;; [0-9]*) echo num;; *) echo other;; esac; }
f apple; f b; f 7x; f zzz
case x in x) echo 1;;& *) echo 2;; esac; case y in y) echo f;& z) echo g;; esac
