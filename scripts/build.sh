#!/usr/bin/env bash
# build.sh makes the guests, if they are not made yet, and bin/caisson.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/go.sh

internal/guest/build/build.sh
version=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$version" -o bin/caisson ./cmd/caisson
echo "bin/caisson: $(du -m bin/caisson | cut -f1) MiB, version $version" >&2
