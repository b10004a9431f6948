#!/bin/sh
# Fuzzes reading and evaluating for a bounded time, beginning with every manifest of the project.
# usage: lab-checker/fuzz/run.sh [SECONDS]                 (default: 300)
# A finding is left in lab-checker/fuzz/artifacts/manifests; `cargo fuzz run manifests FILE` shows it again.
set -eu
cd "$(dirname "$0")"
cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
# The same versions as everywhere else.
cp ../../Cargo.lock Cargo.lock
mkdir -p corpus/manifests
(cd ../.. && git ls-files 'labs/*.yaml' 'book/*.yaml' 'lab-checker/*.yaml') | while read -r file; do
    cp "../../$file" "corpus/manifests/$(printf %s "$file" | tr / -)"
done
# The cases of the specification, a block of YAML each.
awk '/^```yaml/ { n += 1; file = sprintf("corpus/manifests/suite-%04d.yaml", n); inside = 1; next }
    /^```/ { if (inside) close(file); inside = 0 }
    inside { print > file }' ../manifest/tests/suites/*.md
# Sanitizers and coverage are switched on by flags that stable compilers keep behind this variable.
export RUSTC_BOOTSTRAP=1
# The address sanitizer looks for what safe Rust cannot do; without it the fuzzer sees twice as much.
exec cargo fuzz run --fuzz-dir . --sanitizer none manifests -- \
    -max_total_time="${1:-300}" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -dict=manifests.dict -print_final_stats=1
