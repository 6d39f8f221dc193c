"""The committed vectors, through the public functions."""

from __future__ import annotations

import json
import pathlib
import sys

import lofting
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/tools"))

from judge import judge, known_divergences  # noqa: E402

FILES = sorted((ROOT / "tests/vectors").glob("*/*.jsonl"))


def operation(name: str):
    here = lofting
    for part in name.split("."):
        here = getattr(here, part)
    return here


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_vectors(path: pathlib.Path) -> None:
    known = known_divergences(ROOT)
    wrong = []
    for line in path.read_text(encoding="utf-8").splitlines():
        vector = json.loads(line)
        if vector["id"] in known:
            continue
        try:
            request = vector["input"]
            answer = (
                {"ok": operation(vector["op"])(**request)}
                if plain(vector["op"], request)
                else json.loads(lofting.call(vector["op"], json.dumps(request)))
            )
        except lofting.LoftingError as error:
            answer = {"error": {"code": error.code}}
        bad = judge(vector, answer)
        if bad:
            wrong.append(f"{vector['id']}: {bad}")
    assert not wrong, f"{len(wrong)} disagree: {wrong[:5]}"


def plain(name: str, request: object) -> bool:
    """Members that a keyword argument can carry."""
    if not isinstance(request, dict):
        return False
    return set(request) <= set(operation(name)._parameters)
