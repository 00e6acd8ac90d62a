#!/usr/bin/env bash
# shell.sh builds the shell guest from internal/guest/shell with this machine's
# own Go, and nothing else:
#
#   out/shell.wasm      the shell and its commands as a reactor (see the doc of
#                       package guest), neither metered nor frozen
#   out/shell-boot.sh   the boot script, as caisson_boot wants it
#
# Two files of Go's standard library are overlaid while it compiles: os.Pipe
# asks the sandbox, and the runtime can draw its random state anew.
. "$(dirname "$0")/env.sh"
command -v go >/dev/null || die "no go; install the version that go.mod names"

SHELL_SOURCE=$GUEST/shell
export GOOS=wasip1 GOARCH=wasm CGO_ENABLED=0 GOFLAGS=

shell() (
	cd "$GUEST/../.."
	local root overlay=$CAISSON_BUILD/shell-overlay.json
	root=$(go env GOROOT)
	printf '{"Replace":{"%s":"%s","%s":"%s"}}\n' \
		"$root/src/os/pipe_wasm.go" "$SHELL_SOURCE/overlay/os_pipe.go.txt" \
		"$root/src/runtime/caisson_reseed.go" "$SHELL_SOURCE/overlay/runtime_reseed.go.txt" >"$overlay"
	go build -overlay "$overlay" -trimpath -buildvcs=false -buildmode=c-shared -ldflags='-s -w -buildid=' \
		-o "$OUT/shell.wasm.new" ./internal/guest/shell
	mv "$OUT/shell.wasm.new" "$OUT/shell.wasm"
	cp "$SHELL_SOURCE/boot.sh" "$OUT/shell-boot.sh"
)

step shell "$(digest "$BUILD_SCRIPTS/env.sh" "$(go version)" "$GUEST/../../go.sum" "$SHELL_SOURCE"/*.go "$SHELL_SOURCE"/boot.sh \
	"$SHELL_SOURCE"/overlay/* "$SHELL_SOURCE"/session/*.go "$SHELL_SOURCE"/tools/*.go "$(declare -f shell)")" shell
(cd "$OUT" && sha256sum shell.wasm shell-boot.sh)
