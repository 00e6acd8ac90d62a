#!/usr/bin/env bash
# example.sh builds what is missing and runs examples/csv-report in a sandbox.
# What it makes is left in the folder out.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh

mkdir -p out
bin/caisson run --file examples/csv-report/sales.csv --out out examples/csv-report/report.py
ls -l out
