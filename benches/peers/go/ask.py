#!/usr/bin/env python3
"""ask.py ORACLES INPUTS OUT: what upstream answers to the inputs of the small languages, a file for each."""

import json
import pathlib
import subprocess
import sys

oracles, inputs, out = map(pathlib.Path, sys.argv[1:])
OPERATIONS = {"templates": "lang.gotemplate", "expr": "lang.expr", "jq": "lang.jq.delete", "glob": "lang.glob", "cron": "lang.cron"}
out.mkdir(parents=True, exist_ok=True)
for name, operation in OPERATIONS.items():
    cases = [json.loads(line) for line in (inputs / f"{name}.jsonl").read_text().splitlines()]
    asked = [{"id": case.pop("name"), "op": operation, "input": case} for case in cases]
    program = oracles / ("ro-oracle" if name == "expr" else "cd-oracle")
    lines = "".join(json.dumps(one) + "\n" for one in asked)
    answered = subprocess.run([program, "answer"], input=lines, text=True, capture_output=True, check=True).stdout.splitlines()
    answers = [json.loads(line)["expect"] for line in answered]
    (out / f"{name}.jsonl").write_text("".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False) + "\n" for one in answers))
