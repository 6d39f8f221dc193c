#!/usr/bin/env bash
# Times upstream's own functions and ours on the same bytes in the same run, checks that the answers
# agree, and prints the ratios. Needs `make oracles`, or ORACLES=DIR with them built.
# QUICK=1 takes criterion's quick samples; PROFILE=perf builds without link-time optimisation.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
oracles=${ORACLES:-$root/tests/oracles}
target=${CARGO_TARGET_DIR:-$root/target}
out=$target/peers
export TZ=UTC
rm -rf "$out" && mkdir -p "$out"

echo "ours: criterion" >&2
cargo bench -q --profile "${PROFILE:-bench}" -p lofting-benches -- ${QUICK:+--quick} >"$out/criterion.txt"
benches/peers/go/run.sh "$oracles" "$root/benches/inputs" "$out"
benches/peers/node/run.sh "$oracles" "$root/benches/inputs" "$out"
python3 benches/peers/table.py "$target/criterion" "$out" "$root/benches"
