x=5; if [ $x -gt 3 ]; then echo gt; elif [ $x = 3 ]; then echo eq; else echo lt; fi
if [[ $x == 5 && ! -e nofile ]]; then echo both; fi
[ -n "" ] || echo empty; [ -z "" ] && echo z; test 3 -le 3 && echo le
