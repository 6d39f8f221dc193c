#!/usr/bin/env bash
# run.sh SECONDS TARGET...: runs fuzz targets one after the other with the vectors' inputs as seeds; all of them without a name.
# Stable Rust does: libFuzzer needs only LLVM's coverage counters, which two stable flags switch on.
set -euo pipefail
cd "$(dirname "$0")"
seconds=$1; shift
targets=("$@")
if [ ${#targets[@]} = 0 ]; then mapfile -t targets < <(basename -s .rs -a fuzz_targets/*.rs); fi
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
  -Ccodegen-units=16"
# A named target keeps build scripts and procedural macros free of the counters.
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --target "$host"
for target in "${targets[@]}"; do
  mkdir -p "corpus/$target" "artifacts/$target"
  python3 seeds.py "$target" "corpus/$target"
  echo "== $target, $seconds s"
  "target/$host/release/$target" "corpus/$target" -artifact_prefix="artifacts/$target/" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=3000 -print_final_stats=1 2>"artifacts/$target.log" || { tail -n 30 "artifacts/$target.log"; exit 1; }
  grep -E "^(stat::number_of_executed_units|stat::peak_rss_mb|Done)" "artifacts/$target.log"
done
