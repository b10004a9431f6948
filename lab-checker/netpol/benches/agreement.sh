#!/bin/sh
# Holds the engine against the naive evaluator (tests/it/naive.rs) on many random clusters, every flow of
# each. usage: benches/agreement.sh [CLUSTERS [SEED]]
set -eu
cd "$(dirname "$0")/../../.."
export PROPTEST_CASES="${1:-100000}" PROPTEST_RNG_SEED="${2:-20261123}"
exec cargo test --release -p netpol --test it -- --exact \
    agreement::the_matrix_is_what_the_naive_evaluator_says incremental::a_changed_engine_is_a_new_engine
