#!/usr/bin/env bash
# test.sh is the gate: it builds what is missing and runs every check there is.
# Parts that this host must be able to run are named in CAISSON_REQUIRE: with a
# name there, "not on this host" fails a test, and does not skip it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/go.sh
export CAISSON_REQUIRE=${CAISSON_REQUIRE:-wasm}

say() { echo "[$((SECONDS / 60))m$((SECONDS % 60))s] $*" >&2; }

say "build"
scripts/build.sh
say "go vet"
go vet ./...
say "go test"
CGO_ENABLED=0 go test ./...
say "go test -race"
# The race detector links C, whose threads Go cannot speak for: of the walls
# around a worker, those that every thread must build for itself are missing in
# this pass. The one before had them.
command -v gcc >/dev/null || { echo "the race detector needs gcc: install it" >&2; exit 1; }
# Of the program only the commands are left out: they wait for what is tested
# here, and each would compile the runtimes again, ten times slower.
CGO_ENABLED=1 CAISSON_REQUIRE= go test -race -short $(go list ./... | grep -v /cmd/)
say "lint"
scripts/lint.sh
say "all checks passed"
