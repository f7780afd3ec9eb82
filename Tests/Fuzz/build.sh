#!/usr/bin/env bash
# Builds the fuzz targets into .build/fuzz. SwiftPM cannot: libFuzzer brings the main function, and everything on the
# way has to be instrumented. So the modules are compiled here one after the other, with the flags of Package.swift.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=.build/fuzz
targets="frame pcap pcapng text replies"
# In the order of their imports.
modules="PacketDecoding Conversations Rendering FuzzSupport PacketCapture FuzzSavefile Sockets Probes"
clang=$(dirname "$(readlink -f "$(command -v swiftc)")")/clang
language=(
    -swift-version 6 -strict-memory-safety -enable-experimental-feature Lifetimes
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
)
flags=(
    "${language[@]}" -parse-as-library -wmo -O -enforce-exclusivity=unchecked -gline-tables-only -sanitize=address
    -I "$out"
)
# What reads the input tells the fuzzer its comparisons too; what prints, only the paths it took; the checks, nothing.
coverage=-sanitize=fuzzer
declare -A coverages=(
    [Rendering]=-sanitize-coverage=edge,inline-8bit-counters,pc-table
    [FuzzSupport]=-gline-tables-only [FuzzSavefile]=-gline-tables-only
)

mkdir -p "$out"
echo '@_cdecl("LLVMFuzzerTestOneInput") public func test(_ start: Int, _ count: Int) -> Int32 { 0 }' >"$out/probe.swift"
if ! swiftc "${flags[@]}" "$coverage" -use-ld=lld "$out/probe.swift" -o "$out/probe" 2>"$out/probe.log"; then
    cat "$out/probe.log" >&2
    echo "fuzzing needs libFuzzer, which this Swift toolchain lacks: install one from" \
        "https://www.swift.org/install/linux, which brings clang's compiler-rt" >&2
    exit 1
fi

# Whether anything under the folders after the first argument is newer than that file.
stale() { [ ! -f "$1" ] || [ -n "$(find "${@:2}" -newer "$1" -type f -print -quit)" ]; }

c_flags=()
for map in Sources/*/module.modulemap; do c_flags+=(-Xcc "-fmodule-map-file=$map"); done
read -ra pcap_flags <<<"$(pkg-config --cflags libpcap)"
for flag in "${pcap_flags[@]}"; do c_flags+=(-Xcc "$flag"); done
# SwiftPM writes such a module map for every target in C.
mkdir -p "$out/CLinux"
echo "module CLinux { umbrella header \"$PWD/Sources/CLinux/include/CLinux.h\" export * }" >"$out/CLinux/module.modulemap"
c_flags+=(-Xcc "-fmodule-map-file=$out/CLinux/module.modulemap" -I Sources/CLinux/include)

# What every target is linked with, and what only those that read savefiles or answers are: the more code, the slower
# the fuzzer.
objects=()
savefile_objects=()
probe_objects=()
rebuilt=
for source in Sources/CLinux/*.c; do
    object=$out/$(basename "$source").o
    if stale "$object" Sources/CLinux Tests/Fuzz/build.sh; then
        rebuilt=1
        "$clang" -O1 -g -fsanitize=address,fuzzer-no-link -I Sources/CLinux/include -c "$source" -o "$object"
    fi
    savefile_objects+=("$object")
    probe_objects+=("$object")
done
for module in $modules; do
    object=$out/$module.o
    folder=Sources/$module
    [ -d "$folder" ] || folder=Tests/Fuzz/${module#Fuzz}
    if [ -n "$rebuilt" ] || stale "$object" "$folder" Tests/Fuzz/build.sh; then
        rebuilt=1
        echo "fuzz: compiling $module" >&2
        # In order: the first import of a module in C decides who owns the types of the system.
        mapfile -t sources < <(find "$folder" -name '*.swift' | LC_ALL=C sort)
        swiftc "${flags[@]}" "${c_flags[@]}" "${coverages[$module]-$coverage}" -module-name "$module" -emit-module \
            -emit-module-path "$out/$module.swiftmodule" -c "${sources[@]}" -o "$object"
        touch "$object"
    fi
    case $module in
        PacketCapture | FuzzSavefile) savefile_objects+=("$object") ;;
        Sockets | Probes) probe_objects+=("$object") ;;
        *) objects+=("$object") ;;
    esac
done
for target in $targets; do
    if [ -n "$rebuilt" ] || stale "$out/$target" "Tests/Fuzz/$target.swift"; then
        echo "fuzz: linking $target" >&2
        case $target in
            pcap*) more=("${savefile_objects[@]}") ;;
            replies) more=("${probe_objects[@]}") ;;
            *) more=() ;;
        esac
        swiftc "${flags[@]}" "${c_flags[@]}" "$coverage" -use-ld=lld -module-name "fuzz_$target" \
            "Tests/Fuzz/$target.swift" "${objects[@]}" "${more[@]}" -o "$out/$target"
        touch "$out/$target"
    fi
done

# The checks alone, as a program that tests can hold to what they must find.
if stale "$out/checks" Tests/Fuzz/Support Tests/Fuzz/Checks; then
    swiftc "${language[@]}" -O -module-name checks Tests/Fuzz/Support/{Fuzzing,JSONCheck,Printable,XMLCheck}.swift \
        Tests/Fuzz/Checks/main.swift -o "$out/checks"
fi
