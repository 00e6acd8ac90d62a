touch a.txt b.txt c.log .hidden; mkdir d; touch d/e.txt
echo *.txt; echo ?.log; echo [ab].txt; echo nomatch*; echo */*.txt
shopt -s nullglob; echo none*; shopt -s dotglob; echo *; for f in *.txt; do echo "${f%.txt}"; done
shopt -s globstar; echo **/*.txt
