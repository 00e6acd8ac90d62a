#!/usr/bin/env bash
# benchmarks.sh measures on this host and writes docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/go.sh
scripts/build.sh
mkdir -p build
bin/caisson bench -o json >build/bench.json
go run ./test/bench <build/bench.json >build/benchmarks.md
mv build/benchmarks.md docs/benchmarks.md
