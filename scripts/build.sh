#!/usr/bin/env bash
# build.sh makes the guests, if they are not made yet, and bin/caisson.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/go.sh

internal/guest/build/build.sh
# The version is that of the checkout; a folder that git knows nothing of has none.
vcs=false
git status >/dev/null 2>&1 && vcs=true
CGO_ENABLED=0 go build -trimpath -buildvcs=$vcs -ldflags "-s -w" -o bin/caisson ./cmd/caisson
echo "bin/caisson: $(du -m bin/caisson | cut -f1) MiB, $(bin/caisson version | head -n 1)" >&2
