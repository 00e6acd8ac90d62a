timeout 0.1 sleep 5; echo $?; timeout 5 echo fast; echo $?; timeout 0.1 bash -c 'while :; do :; done'; echo $?; timeout 1 bash -c 'exit 3'; echo $?
