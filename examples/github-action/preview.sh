#!/usr/bin/env bash
# Writes the preview of $DIRECTORY into the job's summary. Fails when the preview cannot be drawn; findings are an output,
# so that the workflow decides what they mean.
set -euo pipefail
arguments=(preview "${DIRECTORY:-.}" --output md)
if [ -n "${AT:-}" ]; then arguments+=(--at "$AT"); fi
code=0
"${LOFTING:-lofting}" "${arguments[@]}" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}" || code=$?
if [ "$code" -gt 1 ]; then
  echo "::error title=lofting::the preview of ${DIRECTORY:-.} cannot be drawn"
  exit "$code"
fi
findings=false
if [ "$code" -eq 1 ]; then findings=true; fi
echo "findings=$findings" >>"${GITHUB_OUTPUT:-/dev/stdout}"
