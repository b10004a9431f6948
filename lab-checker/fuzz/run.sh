#!/bin/sh
# Fuzzes for a bounded time, beginning with what the project has of the kind.
# usage: lab-checker/fuzz/run.sh [SECONDS] [TARGET]
#   SECONDS  300 when left out
#   TARGET   manifests  reading and evaluating manifests (the default)
#            scripts    the shell, sed and awk of pods
#            requests   patches and protobuf, sent to a practice cluster
# A finding is left in lab-checker/fuzz/artifacts/TARGET; `cargo fuzz run TARGET FILE` shows it again.
set -eu
cd "$(dirname "$0")"
seconds=${1:-300}
target=${2:-manifests}
cargo fuzz --version >/dev/null 2>&1 || cargo install --quiet --locked cargo-fuzz
# The same versions as everywhere else.
cp ../../Cargo.lock Cargo.lock
corpus=corpus/$target
mkdir -p "$corpus"
# Each script that a test has between quotes, a file each.
quoted() {
    sed -n "s/.*$1(\"\(.*\)\", .*/\1/p" "$2" | awk -v corpus="$corpus" \
        '{ gsub(/\\n/, "\n"); gsub(/\\"/, "\""); file = sprintf("%s/%04d", corpus, NR); print > file; close(file) }'
}
case $target in
manifests)
    (cd ../.. && git ls-files 'labs/*.yaml' 'book/*.yaml' 'lab-checker/*.yaml') | while read -r file; do
        cp "../../$file" "$corpus/$(printf %s "$file" | tr / -)"
    done
    # The cases of the specification, a block of YAML each.
    awk '/^```yaml/ { n += 1; file = sprintf("corpus/manifests/suite-%04d.yaml", n); inside = 1; next }
        /^```/ { if (inside) close(file); inside = 0 }
        inside { print > file }' ../manifest/tests/suites/*.md
    ;;
scripts) quoted check ../pod/src/shell/tests.rs ;;
requests)
    printf '[{"op":"replace","path":"/spec/replicas","value":3}]' >"$corpus/json"
    printf '{"metadata":{"labels":{"a":null,"b":"c"}},"spec":{"replicas":3}}' >"$corpus/merge"
    printf '{"spec":{"ports":[{"$patch":"delete","port":53}],"$setElementOrder/ports":[{"port":9153}]}}' >"$corpus/strategic"
    printf 'apiVersion: v1\nkind: Service\nmetadata: {name: kube-dns}\nspec: {ports: [{port: 80, protocol: TCP}]}\n' >"$corpus/apply"
    printf '\n\017\n\002v1\022\011Namespace\022\010\n\006\n\004shop' >"$corpus/protobuf"
    ;;
*)
    echo "there is no target $target: manifests, scripts or requests" >&2
    exit 2
    ;;
esac
# Sanitizers and coverage are switched on by flags that stable compilers keep behind this variable.
export RUSTC_BOOTSTRAP=1
# The address sanitizer looks for what safe Rust cannot do; without it the fuzzer sees twice as much.
exec cargo fuzz run --fuzz-dir . --sanitizer none "$target" -- -dict="$target.dict" \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1
