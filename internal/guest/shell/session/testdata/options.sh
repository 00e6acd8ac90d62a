set -e; f() { false; echo not; }; if f; then echo if; fi; set +e
set -u; (echo $undefined) 2>/dev/null; echo $?; set +u
set -o pipefail; false | true; echo $?; set +o pipefail; false | true; echo $?
set -e; false || true; echo alive; false; echo dead
