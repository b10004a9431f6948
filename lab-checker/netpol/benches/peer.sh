#!/bin/sh
# Runs another evaluator, network-config-analyzer from PyPI, on the same generated clusters, and prints
# how many times longer it takes. Whole processes are timed, parsing included, all pairs each.
# usage: benches/peer.sh [PODSxPOLICIES ...]        (default: 100x20 100x100; 100x300 takes minutes)
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
[ $# -gt 0 ] || set -- 100x20 100x100
printf '| pods x policies | network-config-analyzer | lab-checker | ratio |\n|---|--:|--:|--:|\n'
for size; do
    "$bench" --emit 10 "${size%x*}" "${size#*x}" > "$work/cluster.yaml"
    start=$(now)
    "$venv/bin/nca" --connectivity "$work/cluster.yaml" --resource_list "$work/cluster.yaml" \
        --output_endpoints pods > "$work/peer.txt" 2> "$work/peer.err"
    middle=$(now)
    "$LAB_CHECKER" reach -f "$work/cluster.yaml" --port 80/TCP --count > "$work/own.txt"
    end=$(now)
    awk -v size="$size" -v a="$start" -v b="$middle" -v c="$end" \
        'BEGIN { printf "| %s | %.2f s | %.3f s | %.0f |\n", size, b - a, c - b, (b - a) / (c - b) }'
done
