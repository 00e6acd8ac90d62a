echo -n a; echo b; echo -e 'a\tb\nc'; echo 'a\tb'; echo -E 'x\n'; echo -ne 'q\n'; echo -- x; echo -x; echo "  two  spaces  "
