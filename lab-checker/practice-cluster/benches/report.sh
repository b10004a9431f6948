#!/bin/sh
# Measures what practice clusters cost and writes benches/report/report.md: a few minutes, on a machine that
# does nothing else. LAB_CHECKER names a release build, made here when it is not given; LAB_CHECKER_KUBECTL
# names the kubectl that `check` is compared with.
set -eu
cd "$(dirname "$0")/../../.."
if [ -z "${LAB_CHECKER:-}" ]; then
    cargo build --release --quiet
    LAB_CHECKER="${CARGO_TARGET_DIR:-target}/release/lab-checker"
fi
LAB_CHECKER=$(realpath "$LAB_CHECKER")
export LAB_CHECKER
exec cargo bench --quiet -p practice-cluster -- --report "$PWD/lab-checker/practice-cluster/benches/report"
