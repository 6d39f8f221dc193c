#!/usr/bin/env python3
"""Writes COMPATIBILITY.md: how far what we say agrees with what upstream said, and how that was found.

    compatibility.py --bin BIN [--corpus DIR] [--check]

Made of the replay of the recorded control plane (tests/rig), the committed vectors (asked anew), the score over the larger corpus
(tests/corpus-scores.json, written anew with --corpus), and the differential runs (tests/fuzz-runs.jsonl). `--check` writes nothing and
exits 1 when the file says something else, or README.md another figure of the recording.
"""

from __future__ import annotations

import argparse
import datetime
import json
import pathlib
import subprocess
import sys
from typing import Any, Iterable

from drt import ROOT, revision
from judge import judge, known_divergences

sys.path.insert(0, str(ROOT / "tests/rig"))
import parity  # noqa: E402

FILE = ROOT / "COMPATIBILITY.md"
README = ROOT / "README.md"
SCORES = ROOT / "tests/corpus-scores.json"
LEDGER = ROOT / "tests/fuzz-runs.jsonl"
ROOMS = ("argocd", "rollouts", "backstage", "lang")
COUNTS = ("cases", "agree", "listed")


def titles() -> dict[str, str]:
    """What each room answers to, with its release."""
    pins = json.loads((ROOT / "crates/core/pins.json").read_text(encoding="utf-8"))
    packages = pins["backstage"]["packages"]
    names = ("catalog-model", "plugin-catalog-backend", "plugin-scaffolder-backend")
    return {
        "argocd": f"Argo CD {pins['argocd']['release']} (Kubernetes {pins['kubernetes']['release']})",
        "rollouts": f"Argo Rollouts {pins['rollouts']['release']}",
        "backstage": "Backstage " + ", ".join(f"{name} {packages['@backstage/' + name]}" for name in names),
        "lang": "The languages inside, as those releases run them",
    }


def count(binary: str, directory: pathlib.Path) -> dict[str, dict[str, dict[str, int]]]:
    """Room -> operation -> cases, how many agree, how many differ and are listed with a reason."""
    known = known_divergences(ROOT)
    found: dict[str, dict[str, dict[str, int]]] = {}
    for room in ROOMS:
        for path in sorted((directory / room).glob("*.jsonl")):
            vectors = [v for line in path.read_text(encoding="utf-8").split("\n") if '"expect"' in line for v in [json.loads(line)]]
            for vector, answer in zip(vectors, answers(binary, vectors)):
                row = found.setdefault(room, {}).setdefault(vector["op"], dict.fromkeys(COUNTS, 0))
                row["cases"] += 1
                if not judge(vector, answer):
                    row["agree"] += 1
                elif vector["id"] in known:
                    row["listed"] += 1
    return found


def answers(binary: str, vectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({"id": str(n), "op": v["op"], "input": v["input"]}) + "\n" for n, v in enumerate(vectors))
    run = subprocess.run([binary, "call", "--jsonl"], input=lines.encode("utf-8", "surrogatepass"), capture_output=True, check=False)
    given = {a.get("id"): a for line in run.stdout.decode().split("\n") if line.strip() for a in [json.loads(line)]}
    return [given.get(str(n), {"error": {"code": "internal"}}) for n in range(len(vectors))]


def score(binary: str, corpus: pathlib.Path) -> None:
    """Asks the larger corpus and keeps the result; it is not part of this tree."""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    whole = {"date": today, "revision": revision(), "rooms": count(binary, corpus)}
    SCORES.write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def fuzz_rows() -> Iterable[list[str]]:
    """One row a topic; a seed that was run again counts as it ended last."""
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for line in LEDGER.read_text(encoding="utf-8").splitlines():
        run = json.loads(line)
        newest[tuple(run[k] for k in ("room", "topic", "seed", "count"))] = run
    topics: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in newest.values():
        topics.setdefault((run["room"], run["topic"]), []).append(run)
    for (room, topic), runs in sorted(topics.items()):
        seeds = sorted({run["seed"] for run in runs})
        shown = ", ".join(map(str, seeds[:6])) + (f" and {len(seeds) - 6} more" if len(seeds) > 6 else "")
        sums = [sum(run[k] for run in runs) for k in ("cases", "explained", "unexplained")]
        yield [room, topic, *map(str, sums), shown, max(run["date"] for run in runs)]


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    numbers = {"compared", "equal", "explained", "different", "cases", "agree", "listed", "corpus cases", "corpus agree", "corpus listed"}
    marks = ["---:" if name in numbers else "---" for name in head]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, marks, *rows]) + "\n"


def headline(played: dict[str, Any]) -> str:
    """The figure as README.md states it."""
    return f"**{played['total']['equal']:,} of {played['total']['compared']:,}**"


def text(binary: str, played: dict[str, Any]) -> str:
    vectors = count(binary, ROOT / "tests/vectors")
    corpus: dict[str, Any] = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.exists() else {"rooms": {}}
    name, total = titles(), played["total"]
    parts = [
        "# Compatibility\n",
        "How far lofting agrees with the releases it follows. `make compatibility` writes this page, and `make test` fails when it is stale.\n",
        "## A real control plane\n",
        f"`demo/` was played on a real API server (Kubernetes {played['upstream']['kubernetes']}) with Argo CD {played['upstream']['argocd']} and "
        f"Argo Rollouts {played['upstream']['rollouts']} on {played['recorded']}, in {len(played['steps'])} recorded steps: {', '.join(played['steps'])}. "
        f"**{total['equal']} of {total['compared']} verdicts are equal**, {total['explained']} differ and are explained in "
        f"`tests/divergences.yaml`, {total['different']} differ without an explanation. "
        "`make parity` records and compares anew; `tests/rig/parity.py` replays the committed recording.\n",
        table(
            ["what", "compared", "equal", "explained", "different"],
            ([a["what"], *(str(a[k]) for k in ("compared", "equal", "explained", "different"))] for a in played["areas"]),
        ),
        "## Recorded answers\n",
        "Each case is an input with the answer of the real upstream code (`tests/oracles/`). The committed ones run in `make test`; the corpus "
        f"is the larger collection they are drawn from, last asked on {corpus.get('date', '(never)')} at {corpus.get('revision', '-')}. "
        "Listed: differs, with a reason in `tests/divergences.yaml`. What neither agrees nor is listed is a bug.\n",
    ]
    for room in ROOMS:
        mine, larger = vectors.get(room, {}), corpus["rooms"].get(room, {})
        none = dict.fromkeys(COUNTS, 0)
        rows = [[f"`{op}`", *(str(side.get(op, none)[k]) for side in (mine, larger) for k in COUNTS)] for op in sorted({*mine, *larger})]
        sums = ["**all**", *(str(sum(row[k] for row in side.values())) for side in (mine, larger) for k in COUNTS)]
        head = ["operation", "cases", "agree", "listed", "corpus cases", "corpus agree", "corpus listed"]
        parts += [f"### {name[room]}\n", table(head, [*rows, sums])]
    parts += [
        "## Differential runs\n",
        "Inputs drawn anew from a seed, answered by upstream and by us (`make drt ROOM=… SEED=… COUNT=… LEDGER=tests/fuzz-runs.jsonl`). "
        "A run that was repeated counts as it ended last.\n",
        table(["room", "topic", "cases", "explained", "different", "seeds", "last run"], fuzz_rows()),
    ]
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(ROOT / "target/ci/lofting"))
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    if args.corpus and not args.check:
        score(args.bin, args.corpus)
    played = parity.figures(args.bin, ROOT / "tests/rig/recording/demo.json.gz")
    fresh = text(args.bin, played)
    if not args.check:
        FILE.write_text(fresh, encoding="utf-8")
    if headline(played) not in README.read_text(encoding="utf-8"):
        print(f"README.md does not state the figure of the recording, {headline(played)}", file=sys.stderr)
        return 1
    if args.check and (not FILE.exists() or FILE.read_text(encoding="utf-8") != fresh):
        print("COMPATIBILITY.md is stale: `make compatibility` writes it anew", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
