#!/usr/bin/env bash
# Builds the fuzz targets and runs each for some seconds: fuzz/run.sh [SECONDS [TARGET...]], by default 20 seconds each.
#
# The build flags are those of cargo-fuzz without a sanitizer, so that the stable toolchain suffices and nothing has to
# be installed: libFuzzer comes with the crate libfuzzer-sys, which needs a C++ compiler. A run begins with the same
# seed each time, so that it finds the same on each machine. -timeout makes a failure of an input that takes longer.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-20}
[ $# -eq 0 ] || shift
target=$(rustc -vV | sed -n 's/^host: //p')
build=${CARGO_TARGET_DIR:-../target}
mkdir -p "$build/fuzz"
build=$(cd "$build" && pwd)

coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage="$coverage -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
coverage="$coverage -Cllvm-args=-sanitizer-coverage-trace-compares"
# In the directory of the workspace, which has the procedural macros and build scripts already: with --target, these
# flags are not theirs.
RUSTFLAGS="$coverage --cfg=fuzzing" CARGO_TARGET_DIR=$build \
  cargo build --quiet --manifest-path Cargo.toml --target "$target"

corpus=../crates/arlo-mail/tests/corpus
run() {
  local name=$1 seeds=seeds/$1
  case $name in header | mail) seeds=$corpus ;; esac
  local found=$build/fuzz/found/$name log=$build/fuzz/$name.log
  mkdir -p "$found"
  if ! "$build/$target/debug/$name" -seed=1 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$build/fuzz/$name-" "$found" "$seeds" >"$log" 2>&1; then
    printf '%s: FAILED\n' "$name"
    grep -v '^#' "$log" | tail -n 30
    return 1
  fi
  printf '%s: %s\n' "$name" "$(grep '^Done' "$log")"
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  mapfile -t names < <(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | tail -n +2)
fi
# One for each processor.
failed=0 running=0
for name in "${names[@]}"; do
  if [ "$running" -ge "$(nproc)" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  run "$name" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
exit "$failed"
