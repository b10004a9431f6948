#!/bin/sh
# What tutorials type, with a new and an old kubectl, and how much of it matched: writes report/typing.md.
set -eu
cd "$(dirname "$0")"
report=$(mktemp -d)
LAB_CHECKER_REPORT="$report/typing" cargo nextest run -p practice-cluster tutorials_type
{
    printf '# What was typed, and what matched\n\n'
    printf 'Written by `benches/typing.sh`. Each line of `tests/typing/commands.txt` counts, with its exit code and what must and must\n'
    printf 'not be seen; "new" is kubectl 1.37, "old" 1.32.\n\n'
    cat "$report/typing.new.md"
    printf '\n'
    cat "$report/typing.old.md"
} >report/typing.md
rm -r "$report"
