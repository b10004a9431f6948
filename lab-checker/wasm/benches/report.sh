#!/usr/bin/env bash
# Measures the engine for pages and writes report/report.md: what it weighs, and how long it takes in node and in a real
# browser, on the built site. Needs what `../build` needs, Chromium and its driver; exits with 1 where a budget is exceeded.
set -euo pipefail
cd "$(dirname "$0")/.."

./build
site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
# The site's pages are the same whatever builds them; a program that is there already is taken.
program=${LAB_CHECKER:-}
if [ -n "$program" ]; then
  "$program" course build --site "$site" --engine dist --course ../..
else
  cargo run --quiet --locked --release --manifest-path ../../Cargo.toml -- \
    course build --site "$site" --engine dist --course ../..
fi
mkdir -p benches/report
node measure/report.mjs dist "$site" benches/report/report.md
