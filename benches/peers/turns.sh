#!/usr/bin/env bash
# turns.sh [ROUNDS]: diffs and judgements of health, ours and Argo CD's in turns, and the least of each.
# On a machine whose speed comes and goes, both sides are measured in the same minute, and neither pays for the other's luck.
# Needs `make oracles`, or ORACLES=DIR with them built. SPEED=BIN is a built benches/speed.
set -euo pipefail
cd "$(dirname "$0")/.."
oracle=${ORACLES:-$PWD/../tests/oracles}/argocd-diff/argocd-diff
speed=${SPEED:-$(cargo bench -p lofting-benches --bench speed --no-run --message-format=json 2>/dev/null | python3 peers/built.py)}
inputs=$(mktemp -d)
trap 'rm -rf "$inputs"' EXIT
cp inputs/diff-*.json inputs/health-*.json "$inputs"
export TZ=UTC
for _ in $(seq "${1:-5}"); do
  "$speed" --bench --quick "core/(diff|health)" 2>/dev/null
  "$oracle" bench "$inputs" 2>/dev/null
done | python3 peers/turns.py
