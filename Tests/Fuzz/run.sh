#!/usr/bin/env bash
# Builds the fuzz targets and runs each for FUZZ_SECONDS, or for FUZZ_RUNS executions where that is set, as many at a
# time as there are processors: run.sh [TARGET…]
#
# It begins with what the fixtures and earlier runs gave. A crash, a broken promise, ten seconds (by the clock: the
# machine may be busy) or too much memory for one input fail the run; the input stays in .build/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=.build/fuzz
seconds=${FUZZ_SECONDS:-60}
runs=${FUZZ_RUNS:--1}
[ "$runs" -lt 0 ] || seconds=0

# Swift's own crash handler would trace for seconds what libFuzzer reports at once; addresses of allocations, filling
# them and keeping memory back after it is freed are what the address sanitizer spends most time on.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=malloc_context_size=0:max_malloc_fill_size=0:quarantine_size_mb=4:detect_stack_use_after_return=0

fuzz() {
    local target=$1 log=$out/$1.log status=0 length=1024
    # Room for several packets.
    case $target in pcap*) length=2048 ;; esac
    mkdir -p "$out/corpus/$target" "$out/findings"
    TIMEFORMAT='processor_seconds: %U %S'
    # To weigh inputs by the rarity of what they reach (entropic) takes a third of the time, and reaches no more in it.
    { time "$out/$target" -max_total_time="$seconds" -runs="$runs" -timeout=10 -rss_limit_mb=512 -max_len="$length" \
        -entropic=0 -print_final_stats=1 -artifact_prefix="$out/findings/$target-" \
        "$out/corpus/$target" "$out/seeds/$target"; } >"$log" 2>&1 || status=$?
    awk -v target="$target" '/number_of_executed_units/ {runs = $2} /average_exec_per_sec/ {rate = $2}
        /^processor_seconds/ {busy = $2 + $3} END {
            printf "fuzz: %-7s %11d executions, %6d a second", target, runs, rate
            printf ", %6d a second of processor time\n", busy ? runs / busy : 0
        }' "$log"
    [ "$status" = 0 ] && return
    grep -v -E '^#|^"|recommended dictionary' "$log" | tail -40 >&2
    echo "fuzz: $target failed with status $status; try again with $out/$target $out/findings/$target-*" >&2
    return 1
}

if [ "${1:-}" = --one ]; then
    fuzz "$2"
    exit
fi
Tests/Fuzz/build.sh
python3 Tests/Fuzz/checks.py "$out/checks"
rm -rf "$out/seeds"
python3 Tests/Fuzz/seeds.py Fixtures "$out/seeds"
[ $# -gt 0 ] || set -- frame pcap pcapng text replies
printf '%s\n' "$@" | xargs -n 1 -P "$(nproc)" "$0" --one
