#!/bin/sh
# Runs another evaluator, network-config-analyzer from PyPI, on the same generated clusters, and prints
# how many times longer it takes. Whole processes are timed, parsing included, all pairs each.
# usage: benches/peer.sh [PODSxPOLICIES ...]        (default: 100x20 100x100 100x300; a minute or two)
# The budget, 1,000 times as fast, holds from 100 pods and 300 policies on: below, starting a process is
# most of what either takes. Each is given the best of several runs, the peer one where it needs minutes.
set -eu
cd "$(dirname "$0")/../../.."
: "${LAB_CHECKER:=}"
venv="${TMPDIR:-/tmp}/netpol-peer-venv"
if [ ! -x "$venv/bin/nca" ]; then
    python3 -m venv "$venv"
    # Pinned: figures of different versions cannot be compared.
    "$venv/bin/pip" install --quiet "setuptools<81" "network-config-analyzer==2.1.0"
fi
if [ -z "$LAB_CHECKER" ]; then
    cargo build --release --quiet
    LAB_CHECKER="${CARGO_TARGET_DIR:-target}/release/lab-checker"
fi
bench=$(cargo bench -p netpol --bench budgets --no-run 2>&1 | sed -n 's/.*(\(.*budgets-[0-9a-f]*\)).*/\1/p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
now() { date +%s.%N; }
# best RUNS CMD...: the shortest of so many runs, in seconds
best() {
    runs=$1; shift
    for run in $(seq "$runs"); do
        start=$(now)
        "$@"
        end=$(now)
        echo "$start $end"
    done | awk '{ t = $2 - $1; if (NR == 1 || t < least) least = t } END { printf "%.4f", least }'
}
peer() {
    "$venv/bin/nca" --connectivity "$work/cluster.yaml" --resource_list "$work/cluster.yaml" \
        --output_endpoints pods > "$work/peer.txt" 2> "$work/peer.err"
}
own() { "$LAB_CHECKER" reach -f "$work/cluster.yaml" --port 80/TCP --count > "$work/own.txt"; }
[ $# -gt 0 ] || set -- 100x20 100x100 100x300
printf '| pods x policies | network-config-analyzer | lab-checker | ratio | budget |\n|---|--:|--:|--:|--:|\n'
for size; do
    pods=${size%x*} policies=${size#*x}
    "$bench" --emit 10 "$pods" "$policies" > "$work/cluster.yaml"
    if [ "$policies" -lt 300 ]; then runs=3; else runs=1; fi
    theirs=$(best "$runs" peer)
    ours=$(best 10 own)
    if [ "$pods" -ge 100 ] && [ "$policies" -ge 300 ]; then budget=1000; else budget=none; fi
    awk -v size="$size" -v theirs="$theirs" -v ours="$ours" -v budget="$budget" \
        'BEGIN { printf "| %s | %.2f s | %.4f s | %.0f | %s |\n", size, theirs, ours, theirs / ours, budget }'
done
