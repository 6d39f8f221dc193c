"""When an answer agrees with a recorded one: the rules of tests/src/judge.rs."""

from __future__ import annotations

import pathlib
import re
from typing import Any

WHOLE = [
    ("lang.", {"value", "outputs", "documents", "values"}),
    ("appset.", {"applications", "create", "update", "value"}),
    ("application.", {"application", "spec"}),
    ("traffic.", {"objects"}),
    ("rollout.reconcile", {"status", "object", "change"}),
    ("rollout.simulate", {"virtualServices", "destinationRules", "ingresses", "trafficSplits"}),
    ("analysis.reconcile", {"status"}),
    ("analysis.build", {"spec"}),
    ("experiment.build", {"experiment"}),
    ("catalog.process", {"entities"}),
    ("catalog.query", {"items"}),
    ("scaffolder.render", {"value"}),
    ("scaffolder.dryRun", {"output", "input"}),
]
# gopher-lua prints where a value lies in memory, another place in each run.
ADDRESS = re.compile(r"\b(table|function|userdata|thread|channel): 0x[0-9a-f]+")
NOT_A_REFUSAL = ("unknownoperation", "internal", "panic", "unimplemented", "unsupported")


def known_divergences(root: pathlib.Path) -> set[str]:
    text = (root / "tests/divergences.yaml").read_text(encoding="utf-8")
    return set(re.findall(r"""^\s*-?\s*id:\s*["']?([^"'\s]+)""", text, re.M))


def judge(vector: dict[str, Any], answer: dict[str, Any]) -> str | None:
    expect = vector["expect"]
    if expect == {"error": True}:
        if "error" not in answer:
            return "answered what upstream refuses"
        code = str(answer["error"].get("code", "")).lower()
        return f"refused with {code}" if any(word in code for word in NOT_A_REFUSAL) else None
    if "ok" not in answer:
        return f"refused: {answer.get('error')}"
    ok = answer["ok"]
    for key in vector.get("absent", []):
        if isinstance(ok, dict) and ok.get(key) is not None:
            return f"/{key} present"
    for key in vector.get("exact", []):
        if isinstance(expect, dict) and key in expect:
            bad = contains(expect[key], ok.get(key) if isinstance(ok, dict) else None, f"/{key}", True, frozenset())
            if bad:
                return bad
    members = next((names for prefix, names in WHOLE if vector["op"].startswith(prefix)), frozenset())
    return contains(expect, ok, "", False, members)


def contains(want: Any, got: Any, where: str, whole: bool, members: Any) -> str | None:
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return where or "/"
        if whole:
            for key, value in got.items():
                if value is not None and key not in want:
                    return f"{where}/{key} (not expected)"
        for key, value in want.items():
            if key not in got:
                if value is None:
                    continue
                return f"{where}/{key}"
            bad = contains(value, got[key], f"{where}/{key}", whole or key in members, members)
            if bad:
                return bad
        return None
    if isinstance(want, list):
        if not isinstance(got, list) or len(want) != len(got):
            return where or "/"
        for index, value in enumerate(want):
            bad = contains(value, got[index], f"{where}/{index}", whole, members)
            if bad:
                return bad
        return None
    if isinstance(want, bool) or isinstance(got, bool):
        return None if want is got else (where or "/")
    if isinstance(want, (int, float)) and isinstance(got, (int, float)):
        exact = all(isinstance(n, int) and -(2**63) <= n < 2**64 for n in (want, got))
        return None if (want == got if exact else float(want) == float(got)) else (where or "/")
    if isinstance(want, str) and isinstance(got, str):
        want, got = ADDRESS.sub(r"\1", want), ADDRESS.sub(r"\1", got)
    return None if want == got and type(want) is type(got) else (where or "/")
