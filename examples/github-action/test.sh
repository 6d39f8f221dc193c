#!/usr/bin/env bash
# What the action does in a job, without the job: LOFTING names the built command.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GITHUB_STEP_SUMMARY="$work/summary" GITHUB_OUTPUT="$work/output"
DIRECTORY="$here/../../demo" "$here/preview.sh"
grep -q '^findings=true$' "$work/output"
grep -q '<details><summary>Applications' "$work/summary"
if DIRECTORY="$work/nowhere" "$here/preview.sh" >"$work/said" 2>&1; then
  echo "a preview of nothing must fail" && exit 1
fi
grep -q '^::error title=lofting::' "$work/said"
echo "github-action: ok"
