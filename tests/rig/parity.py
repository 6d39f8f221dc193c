#!/usr/bin/env python3
"""What real controllers did against what lofting says.

    parity.py [--bin BIN] [--only AREA] [--show N] [-o table|json] [RECORDING.json.gz]

RECORDING defaults to the committed one, recording/demo.json.gz. Prints a table: what, compared, equal, explained (listed in
tests/divergences.yaml with its reason), different; then each difference with its pointer. Exit 1 when something differs that is not
listed, or when a listed comparison agrees; 2 when the question could not be asked.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
from typing import Any, Callable, NamedTuple

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/tools"))
from judge import contains, known_divergences  # noqa: E402
from questions import HERE as CLUSTER  # noqa: E402
from questions import Check, Question, questions, resource_key  # noqa: E402
from recording import Recording  # noqa: E402
from rollout_questions import rollout_questions  # noqa: E402

SNAPSHOT = "02-hand-edits"  # the step that demo/live shows
PREFIX = "parity/"  # of the ids in tests/divergences.yaml


class Difference(NamedTuple):
    area: str
    id: str
    pointer: str
    recorded: Any
    lofting: Any


def ask(binary: str, asked: list[Question]) -> list[dict[str, Any]]:
    text = "".join(json.dumps({"id": str(n), "op": q.op, "input": q.input}) + "\n" for n, q in enumerate(asked))
    try:
        run = subprocess.run([binary, "call", "--jsonl"], input=text.encode(), capture_output=True)
    except OSError as problem:
        sys.exit(refusal(f"{binary}: {problem}"))
    if run.returncode not in (0, 1):
        sys.exit(refusal(f"{binary} call --jsonl: exit {run.returncode}\n{run.stderr.decode()[-2000:]}"))
    answers = {a.get("id"): a for a in map(json.loads, run.stdout.decode().splitlines())}
    return [answers.get(str(n), {"error": {"code": "internal", "message": "no answer"}}) for n in range(len(asked))]


def refusal(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


def at(value: Any, pointer: str) -> Any:
    """What a pointer leads to, or the nearest thing above it."""
    for part in pointer.split(" ")[0].split("/")[1:]:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            break
    return value


def compare(asked: list[Question], answers: list[dict[str, Any]]) -> tuple[dict[str, int], list[Difference]]:
    """How much was compared in each area, and what differs."""
    compared: dict[str, int] = {}
    differences = []
    for question, answer in zip(asked, answers):
        for check in question.checks:
            compared[check.area] = compared.get(check.area, 0) + 1
            if "ok" not in answer:
                differences.append(Difference(check.area, check.id, "/", check.want, answer.get("error")))
                continue
            try:
                got = check.take(answer["ok"])
            except (KeyError, TypeError, AttributeError) as problem:
                got = f"an answer of another shape: {problem!r}"
            pointer = contains(check.want, got, "", True, frozenset())
            if pointer:
                differences.append(Difference(check.area, check.id, pointer, at(check.want, pointer), at(got, pointer)))
    return compared, differences


def previewed(binary: str, recording: Recording) -> tuple[Question, dict[str, Any]]:
    """`lofting preview demo`: what a user reads about each Application, against the verdicts of the step that demo/live shows."""
    step = next(s for s in recording.steps if s.name == SNAPSHOT)
    run = subprocess.run([binary, "preview", str(ROOT / "demo"), "-o", "json"], capture_output=True)
    if run.returncode not in (0, 1):
        sys.exit(refusal(f"{binary} preview demo: exit {run.returncode}\n{run.stderr.decode()[-2000:]}"))
    area, checks = "lofting preview demo", []

    def state(name: str) -> Callable[[Any], Any]:
        return lambda ok: next((a.get("state") or {} for a in ok["applications"] if a["name"] == name), {})

    for name, status in sorted(step.statuses.items()):
        if step.of_kind("Application")[name]["spec"]["destination"].get("server") != CLUSTER:
            continue
        resources = {"/".join(filter(None, resource_key(r).split("/"))): r["status"] for r in status.get("resources", []) if r.get("status")}
        read = state(name)
        checks += [
            Check(area, f"preview/{name}/sync", status["sync"]["status"], lambda ok, read=read: read(ok).get("sync")),
            Check(area, f"preview/{name}/health", status["health"]["status"], lambda ok, read=read: read(ok).get("health")),
            Check(area, f"preview/{name}/resources", resources,
                  lambda ok, read=read: {r["key"]: r["status"] for r in read(ok).get("resources", []) if r["status"]}),
        ]
    checks.append(Check(area, "preview/applications", sorted(step.statuses), lambda ok: sorted(a["name"] for a in ok["applications"])))
    return Question("preview", {}, checks), {"ok": json.loads(run.stdout)}


def figures(binary: str, path: pathlib.Path) -> dict[str, Any]:
    """The whole comparison, in the form that `-o json` prints."""
    recording = Recording(path)
    asked = [*questions(recording), *rollout_questions(recording)]
    answers = ask(binary, asked)
    preview, answer = previewed(binary, recording)
    compared, found = compare([*asked, preview], [*answers, answer])
    known = {i[len(PREFIX) :] for i in known_divergences(ROOT) if i.startswith(PREFIX)}
    areas = []
    for area in sorted(compared):
        mine = [d for d in found if d.area == area]
        explained = sum(d.id in known for d in mine)
        areas.append({"what": area, "compared": compared[area], "equal": compared[area] - len(mine), "explained": explained, "different": len(mine) - explained})
    return {
        "upstream": recording.upstream,
        "recorded": next((r["now"][:10] for r in recording.timeline if "now" in r), ""),
        "steps": [s.name for s in recording.steps],
        "areas": areas,
        "total": {k: sum(a[k] for a in areas) for k in ("compared", "equal", "explained", "different")},
        "differences": [d._asdict() for d in found if d.id not in known],
        "agreeing": sorted(known - {d.id for d in found}),
    }


def short(value: Any, size: int = 300) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= size else text[: size - 1] + "…"


def table(result: dict[str, Any], show: int) -> None:
    rows = [*result["areas"], {"what": "all", **result["total"]}]
    width = max(len(r["what"]) for r in rows)
    print(f"{'what':{width}}  compared  equal  explained  different")
    for r in rows:
        print(f"{r['what']:{width}}  {r['compared']:8}  {r['equal']:5}  {r['explained']:9}  {r['different']:9}")
    left: dict[str, int] = {}
    for d in result["differences"]:
        left[d["area"]] = left.get(d["area"], 0) + 1
        if left[d["area"]] <= show:
            print(f"\n{d['area']}: {d['id']} at {d['pointer']}\n  recorded {short(d['recorded'])}\n  lofting  {short(d['lofting'])}")
    for area, count in left.items():
        if count > show:
            print(f"\n{area}: {count - show} more (--show {count})")
    for one in result["agreeing"]:
        print(f"\ntests/divergences.yaml lists {PREFIX}{one}, but it agrees or is not compared any more: take it out")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", nargs="?", type=pathlib.Path, default=HERE / "recording/demo.json.gz")
    parser.add_argument("--bin", default=str(ROOT / "target/ci/lofting"))
    parser.add_argument("--show", type=int, default=5)
    parser.add_argument("--dump", help="print the request and the recorded values behind one id, and stop")
    parser.add_argument("-o", "--output", choices=["table", "json"], default="table")
    args = parser.parse_args()
    if args.dump:
        recording = Recording(args.recording)
        for q in [*questions(recording), *rollout_questions(recording)]:
            if any(c.id == args.dump for c in q.checks):
                print(json.dumps({"op": q.op, "input": q.input, "recorded": {c.id: c.want for c in q.checks}}))
        return 0
    result = figures(args.bin, args.recording)
    if args.output == "json":
        print(json.dumps(result, indent=1, ensure_ascii=False, sort_keys=True))
    else:
        table(result, args.show)
    return 1 if result["differences"] or result["agreeing"] else 0


if __name__ == "__main__":
    sys.exit(main())
