#!/bin/sh
# Changes the engine's source in one small place after the other (cargo-mutants) and prints every change that
# no test of netpol notices. report/mutants.md says what became of those that were found.
# usage: benches/mutants.sh [FILE ...]              files of src, such as flow/evaluate.rs   (default: all; an hour or two)
set -eu
cd "$(dirname "$0")/../../.."
cargo mutants --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-mutants
for file; do set -- "$@" --file "lab-checker/netpol/src/$file"; shift; done
# Built without optimisation: a mutant is built once and run once. A counterexample need not be the smallest.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_TEST_DEBUG=0
export PROPTEST_CASES="${PROPTEST_CASES:-128}" PROPTEST_MAX_SHRINK_ITERS=0
exec cargo mutants --package netpol --test-package netpol --timeout 30 --output target "$@" \
    --cargo-arg=--config=profile.dev.package.netpol.opt-level=0 -- --lib --test it
