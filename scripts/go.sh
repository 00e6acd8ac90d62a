# go.sh puts a Go on PATH that can build this program. Source it, do not run it.
#
# Go 1.21 and later bring the version that go.mod asks for by themselves. Where
# there is no Go, or an older one, apt's golang-go is taken (as root), and where
# that is older too it fetches the right version as the module that newer ones
# would fetch, checked against the public checksum database like any module.
export GOTOOLCHAIN=${GOTOOLCHAIN:-auto}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
GO_WANTED=$(awk '$1 == "go" { print $2 }' "$ROOT/go.mod")

# go_fits says whether the Go on PATH is new enough, or can become so.
go_fits() { (cd "$ROOT" && go list -m) >/dev/null 2>&1; }

# fetch_go fetches the wanted Go with an older one and puts it on PATH.
fetch_go() {
	local dir module=golang.org/toolchain@v0.0.1-go$GO_WANTED.$(go env GOOS)-$(go env GOARCH)
	dir=$(mktemp -d)
	(cd "$dir" && echo 'module none' >go.mod && go mod download "$module") || return 1
	rm -r "$dir"
	dir=$(go env GOMODCACHE)/$module
	[ -x "$dir/bin/go" ] || chmod -R u+w,+x "$dir/bin" "$dir/pkg/tool"
	export PATH=$dir/bin:$PATH
}

if ! go_fits; then
	if ! command -v go >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "installing Go with apt" >&2
		export DEBIAN_FRONTEND=noninteractive
		{ apt-get -qq update && apt-get -qq install -y --no-install-recommends golang-go ca-certificates; } >&2 || :
	fi
	if command -v go >/dev/null && ! go_fits; then
		echo "fetching Go $GO_WANTED" >&2
		fetch_go || :
	fi
	go_fits || {
		echo "this needs Go $GO_WANTED or newer, or any Go from 1.21 on that may fetch it: install one from https://go.dev/dl/ and put it on PATH" >&2
		exit 1
	}
fi
