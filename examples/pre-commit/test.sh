#!/usr/bin/env bash
# The hooks on good and bad files: LOFTING names the built command.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mapfile -t files < <(find "$root/demo/catalog" -name '*.yaml')
"$here/lofting-hook" catalog "${files[@]}"
"$here/lofting-hook" catalog "$root/demo/inventory.yaml"
printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: "no name"}\nspec: {}\n' >bad.yaml
code=0
"$here/lofting-hook" catalog bad.yaml >said || code=$?
[ "$code" -eq 1 ] && grep -q 'bad.yaml:3:' said
printf 'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\nspec: {strategy: {canary: {steps: [{setWeight: 120}]}}}\n' >rollout.yaml
code=0
"$here/lofting-hook" rollout rollout.yaml bad.yaml >said || code=$?
[ "$code" -eq 1 ] && grep -q 'rollout.yaml' said
code=0
LOFTING=/nowhere/lofting "$here/lofting-hook" catalog bad.yaml 2>said || code=$?
[ "$code" -eq 2 ] && grep -q 'not on PATH' said
echo "pre-commit: ok"
