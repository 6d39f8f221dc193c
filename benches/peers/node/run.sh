#!/usr/bin/env bash
# run.sh ORACLES INPUTS OUT: times Backstage's reader of catalog files (npm yaml), then its packages. Processor time.
set -euo pipefail
echo "Node: parseEntityYaml" >&2
here=$PWD/benches/peers/node
(cd "$1/lang/npm" && node answer.cjs bench "$2" >"$3/node-yaml.txt" 2>/dev/null)
echo "Node: Backstage's packages" >&2
node "$here/backstage.cjs" "$1/backstage" "$2/backstage" >"$3/node-backstage.txt"
