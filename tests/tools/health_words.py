#!/usr/bin/env python3
"""Health checks that ship with Argo CD: draw statuses from the words of each script, ask the oracle and the binary, print what differs.

    health_words.py --bin BIN [--oracles DIR] [--seed N] [--each N] [--retype]

The scripts are those of the pinned module in Go's cache, the objects those of the corpus (LOFTING_HEALTH or LOFTING_CORPUS, as for
drt.py); neither is part of this repository. `--each` is how many statuses are drawn for an object of a kind; `--retype` instead gives
every member of every object each of a dozen other types, about 330,000 cases. Exit 1 when something differs. Where a script walks a map
with `pairs`, upstream's answer hangs on the order in which Go gives it the map: those cases are asked again until they show it.
"""

from __future__ import annotations

import argparse
import copy
import fnmatch
import json
import pathlib
import random
import re
import subprocess
import sys
from typing import Any, Iterator

import drt
from judge import judge

BATCH = 20_000
RETYPED: list[Any] = [None, True, False, 3, "x", "", [], {}, [True], {"a": 1}, "True", "False", [{}]]
GONE = object()
Path = tuple[Any, ...]


def objects() -> list[dict[str, Any]]:
    found = {}
    for line in drt.health_objects().open(encoding="utf-8"):
        given = json.loads(line)["input"]
        if set(given) == {"object"} and isinstance(given["object"], dict):
            found[json.dumps(given["object"], sort_keys=True)] = given["object"]
    return list(found.values())


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from paths(member, at + (key,))


def get(value: Any, path: Path) -> Any:
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    changed = copy.deepcopy(value)
    holder = get(changed, path[:-1])
    if new is GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = copy.deepcopy(new)
    return changed


def retyped(known: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in known:
        for path in paths(one):
            named = path[0] == "metadata" and len(path) > 2 and path[1] not in ("annotations", "labels")
            if path[0] not in ("apiVersion", "kind") and not named:
                yield from (put(one, path, new) for new in [*RETYPED, GONE])


class Words:
    """What a script can tell apart: the texts in it, and the members it looks at."""

    def __init__(self, script: str) -> None:
        texts = {a or b for a, b in re.findall(r'"([^"\n]{1,40})"|\'([^\'\n]{1,40})\'', script)}
        self.texts = sorted(text for text in texts if "%" not in text and " " not in text.strip()) + ["True", "False", "Unknown", "x"]
        self.members = sorted(set(re.findall(r"\.([A-Za-z_][A-Za-z0-9_]*)", script)))
        self.status = sorted(set(re.findall(r"obj\.status\.([A-Za-z_][A-Za-z0-9_]*)", script)))


def script_of(scripts: pathlib.Path, one: dict[str, Any]) -> str | None:
    group, _, version = str(one.get("apiVersion", "")).partition("/")
    group = group if version else ""
    named = scripts / group / str(one.get("kind")) / "health.lua"
    wild = [folder / "_" / "health.lua" for folder in sorted(scripts.iterdir()) if fnmatch.fnmatch(group, folder.name.replace("_", "*"))]
    return next((path.read_text() for path in [named, *wild] if path.is_file()), None)


def drawn(draw: random.Random, one: dict[str, Any], words: Words, kin: list[dict[str, Any]]) -> dict[str, Any]:
    """One more change: a word, a member, the order of a list, what another of its kind says, a member that is gone, a generation."""
    within = [path for path in paths(one) if path[0] in ("status", "spec")]
    choice = draw.random()
    if not isinstance(one.get("status"), dict) or not within:
        return {**one, "status": {}}
    if choice < 0.3:
        path = draw.choice(within)
        return put(one, path, draw.choice(words.texts)) if isinstance(get(one, path), str) else one
    if choice < 0.45 and words.status:
        return put(one, ("status", draw.choice(words.status)), draw.choice([*words.texts, 0, 1, 2, True, False]))
    if choice < 0.8:
        lists = [path for path in within if isinstance(get(one, path), list) and get(one, path)]
        if not lists:
            return one
        path = draw.choice(lists)
        items = copy.deepcopy(get(one, path))
        kind = draw.randrange(4)
        if kind == 0:
            draw.shuffle(items)
        elif kind == 1:
            items.insert(draw.randrange(len(items) + 1), copy.deepcopy(draw.choice(items)))
        elif kind == 2:
            items.pop(draw.randrange(len(items)))
        elif words.members and isinstance(items[0], dict):
            draw.choice([item for item in items if isinstance(item, dict)])[draw.choice(words.members)] = draw.choice(words.texts)
        return put(one, path, items)
    if choice < 0.88:
        said = draw.choice(kin).get("status")
        if not isinstance(said, dict) or not said:
            return one
        key = draw.choice(sorted(said))
        mine, more = one["status"].get(key), copy.deepcopy(said[key])
        if isinstance(mine, list) and isinstance(more, list):
            more = mine + more
            draw.shuffle(more)
        return put(one, ("status", key), more)
    if choice < 0.94:
        return put(one, draw.choice(within), GONE)
    return put(put(one, ("metadata", "generation"), draw.randint(1, 3)), ("status", "observedGeneration"), draw.randint(1, 3))


def from_words(known: list[dict[str, Any]], scripts: pathlib.Path, seed: int, each: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(seed)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in known:
        kinds.setdefault(f"{str(one.get('apiVersion')).partition('/')[0]}/{one.get('kind')}", []).append(one)
    for one in known:
        script = script_of(scripts, one)
        if script is None or not isinstance(one.get("metadata"), dict):
            continue
        words = Words(script)
        kin = kinds[f"{str(one.get('apiVersion')).partition('/')[0]}/{one.get('kind')}"]
        for _ in range(each):
            changed = one
            for _ in range(draw.choice([1, 2, 2, 3, 4, 5])):
                changed = drawn(draw, changed, words, kin)
            yield changed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--oracles", type=pathlib.Path, default=drt.ROOT / "tests/oracles")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--retype", action="store_true")
    args = parser.parse_args()
    module = subprocess.run(
        ["go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v3"],
        cwd=args.oracles / "argocd-diff",
        capture_output=True,
        text=True,
        check=True,
    )
    scripts = pathlib.Path(module.stdout.strip()) / "resource_customizations"
    known = objects()
    cases = retyped(known) if args.retype else from_words(known, scripts, args.seed, args.each)

    def oracle(data: bytes) -> bytes:
        return drt.run([str(args.oracles / "argocd-diff/argocd-diff"), "run"], data)

    count = wrong = 0
    vectors: list[dict[str, Any]] = []

    def ask() -> None:
        nonlocal wrong
        answered = drt.rows(oracle("".join(json.dumps(vector) + "\n" for vector in vectors).encode()))
        different = [(v, why) for v, answer in zip(answered, drt.ask(args.bin, answered)) if (why := judge(v, answer))]
        for vector, why in drt.confirmed(different, oracle) if different else []:
            wrong += 1
            print(f"{why}\n{json.dumps(vector, ensure_ascii=False)}", flush=True)
        vectors.clear()

    for one in cases:
        count += 1
        vectors.append({"id": f"health-words-{args.seed}-{count}", "op": "health.assess", "input": {"object": one}})
        if len(vectors) == BATCH:
            ask()
    if vectors:
        ask()
    print(f"{count - wrong}/{count} agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
