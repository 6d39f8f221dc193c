#!/usr/bin/env bash
# run.sh ORACLES INPUTS OUT: times Backstage's reader of catalog files (npm yaml). Processor time.
set -euo pipefail
echo "Node: parseEntityYaml" >&2
cd "$1/lang/npm" && node answer.cjs bench "$2" >"$3/node-yaml.txt" 2>/dev/null
