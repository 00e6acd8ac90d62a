v=hello.tar.gz; echo ${v/#he/HE} "${v/%gz/GZ}" ${v/#x/y} "${v/#*./}" "${v/#/pre-}" "${v/%/-post}"; h=/home/u; p='~/x'; echo "${p/#\~/$h}"; e=; echo "[${e/#a/b}]"
