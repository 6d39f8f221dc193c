"""seeds.py TARGET DIR: the inputs of the committed vectors as first inputs of a fuzz target: program, NUL, document."""

from __future__ import annotations

import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[1] / "tests/vectors/lang"
FILES = {
    "cron": ["cron"],
    "duration": ["duration", "duration-rollouts", "intOrPercent", "name"],
    "expr": ["expr", "expr-condition"],
    "fasttemplate": ["fasttemplate"],
    "glob": ["glob", "glob-minimatch", "glob-pathspec"],
    "gotemplate": ["gotemplate"],
    "jq": ["jq"],
    "jsonpatch": ["jsonpatch"],
    "jsonpath": ["jsonpath"],
    "quantity": ["quantity"],
    "selector": ["selector"],
    "strategicmerge": ["strategicMerge"],
    "yaml-backstage": ["yaml-backstage"],
    "yaml-kubernetes": ["yaml-kubernetes", "yaml-documents"],
}


def seed(request: dict[str, object]) -> bytes:
    """The longest text first, then the largest other member."""
    texts = sorted((v for v in request.values() if isinstance(v, str)), key=len, reverse=True)
    others = sorted((json.dumps(v) for v in request.values() if isinstance(v, (dict, list))), key=len, reverse=True)
    return "\0".join([*texts[:1], *others[:1]]).encode("utf-8", "surrogatepass")


def main() -> None:
    target, out = sys.argv[1], pathlib.Path(sys.argv[2])
    count = 0
    for name in FILES.get(target, []):
        file = VECTORS / f"{name}.jsonl"
        if not file.exists():
            continue
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.strip() and isinstance(request := json.loads(line)["input"], dict):
                (out / f"seed-{count}").write_bytes(seed(request)[:4096])
                count += 1
    if not count:
        (out / "seed-0").write_bytes(b"a")


if __name__ == "__main__":
    main()
