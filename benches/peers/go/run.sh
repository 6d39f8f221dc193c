#!/usr/bin/env bash
# run.sh ORACLES INPUTS OUT: asks and times the Go originals. Processor time, one thread.
set -euo pipefail
oracles=$1 inputs=$2 out=$3
echo "Go: sigs.k8s.io/yaml" >&2
mkdir -p "$out/yaml" && cp "$inputs/manifests-100k.yaml" "$out/yaml"
touch "$out/yaml"/{templates,jq,expr}.jsonl # its other benches, which are not asked for
"$oracles/lang/cd-oracle" bench "$out/yaml" >"$out/go-yaml.txt"
echo "Go: Argo CD" >&2
mkdir -p "$out/argocd"
cp "$inputs"/{diff,health,compare}-*.json "$out/argocd"
mkdir -p "$out/grown"
grow() { cargo run -q --profile "${PROFILE:-release}" -p lofting-benches --example grow -- "$inputs/compare-app-10.json" "$@"; }
for count in 100 1000 10000; do # the answers must be equal here too
    grow "$count" >"$out/argocd/compare-app-$count.json"
    grow "$count" answer >"$out/grown/ours-$count.json"
    "$oracles/argocd-diff/argocd-diff" run <"$out/argocd/compare-app-$count.json" >"$out/grown/theirs-$count.json"
done
"$oracles/argocd-diff/argocd-diff" bench "$out/argocd" >"$out/go-diff.txt"
cat "$inputs"/{diff,health,compare}-*.json | "$oracles/argocd-diff/argocd-diff" run >"$out/answers.jsonl"
mkdir -p "$out/appset"
"$oracles/argocd-appset/oracle" bench "$out/appset" >"$out/go-appset.txt" 2>/dev/null
cat "$inputs"/appset-*.json | "$oracles/argocd-appset/oracle" run >>"$out/answers.jsonl" 2>/dev/null
mkdir -p "$out/sync"
"$oracles/argocd-sync/oracle" bench "$out/sync" >"$out/go-sync.txt" 2>/dev/null
for size in 10 100 1000; do # it made its inputs itself: they must be ours
  cmp -s "$out/sync/sync-plan-$size.json" "$inputs/sync-plan-$size.json" || { echo "sync-plan-$size: upstream was timed on another input" >&2; exit 1; }
done
cat "$inputs"/sync-plan-*.json | ROUNDS=1 "$oracles/argocd-sync/oracle" run >>"$out/answers.jsonl" 2>/dev/null
echo "Go: Argo Rollouts" >&2
mkdir -p "$out/rollouts"
"$oracles/rollouts-trace/oracle" bench "$out/rollouts" "$inputs/trace-analysis.json" >"$out/go-rollouts.txt" 2>/dev/null
cat "$inputs"/{reconcile,trace}-*.json | "$oracles/rollouts-trace/oracle" record >>"$out/answers.jsonl" 2>/dev/null
