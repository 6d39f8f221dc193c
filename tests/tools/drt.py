#!/usr/bin/env python3
"""Differential run: draw inputs, ask the oracle and the binary, print what differs, shrunk.

    drt.py --bin BIN --room ROOM [--topic TOPIC]... [--seed N] [--count N] [--oracles DIR] [--out FILE] [--ledger FILE] [--show N]

ROOM: lang, argocd-diff, argocd-sync, argocd-appset, rollouts-scalar, rollouts-trace, backstage. Exit 1 when something differs that
tests/divergences.yaml does not list. `--out` appends every mismatch as a vector; `--ledger` appends a line for each topic that ran
(tests/fuzz-runs.jsonl is the one that COMPATIBILITY.md is made of). In the environment: ROUNDS=1 for long runs (see `confirmed`), and
GOGC=800 makes the Go oracles a third faster. The topic health needs recorded objects to mutate: LOFTING_HEALTH names the file, or
LOFTING_CORPUS the corpus that has it.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import os
import pathlib
import subprocess
import sys
import time
from typing import Any, Callable, Iterator

from judge import judge, known_divergences

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
AGAIN = 30
RO = {"expr", "expr-condition", "duration-rollouts", "jsonpath"}
JS = {"yaml-backstage", "glob-minimatch"}
TOPICS = {
    "lang": "gotemplate fasttemplate expr expr-condition jq glob glob-minimatch glob-pathspec cron yaml-kubernetes yaml-documents yaml-emit "
    "yaml-backstage duration duration-rollouts quantity intOrPercent selector jsonpatch strategicMerge name jsonpath",
    "argocd-diff": "diff ssd ignore mask app tracking health",
    "argocd-sync": "sync.plan delete.plan autosync.decide window.at project.permits project.check",
    "argocd-appset": "generate-basic generate-git generate-scm generate-combine generate-template generate-illegal render diff steps normalize validate",
    "rollouts-scalar": "rollout.replicas rollout.approximate analysis.evaluate analysis.assess analysis.reconcile rollout.check rollout.check/template "
    "rollout.check/references rollout.lint traffic.istio traffic.nginx traffic.alb traffic.smi traffic.traefik traffic.apisix traffic.ambassador "
    "traffic.appmesh rollout.hashes rollout.steps rollout.phase analysis.resolve analysis.arguments analysis.build analysis.validate experiment.build",
    "rollouts-trace": "trace reconcile routers",
    "backstage": "catalog.check catalog.check.templates catalog.relations catalog.parseEntityRef catalog.process catalog.query catalog.predicate "
    "scaffolder.render scaffolder.renderText scaffolder.dryRun scaffolder.validate",
}


def run(command: list[str], data: bytes = b"", cwd: pathlib.Path | None = None) -> bytes:
    env = {**os.environ, "TZ": "UTC"}
    done = subprocess.run(command, input=data, capture_output=True, cwd=cwd, env=env)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.decode()[-2000:]}")
    return done.stdout


def health_objects() -> pathlib.Path:
    """The recorded health cases whose objects are mutated; they are upstream's own and no part of this repository."""
    named = os.environ.get("LOFTING_HEALTH") or f"{os.environ.get('LOFTING_CORPUS', ROOT.parent / 'shared/corpus')}/argocd/health.jsonl"
    if not pathlib.Path(named).is_file():
        sys.exit(
            f"topic health mutates recorded objects, and {named} is not there: name a health.jsonl with LOFTING_HEALTH, or the corpus with LOFTING_CORPUS"
        )
    return pathlib.Path(named)


def commands(oracles: pathlib.Path, room: str, topic: str, seed: int, count: int) -> tuple[bytes, Callable[[bytes], bytes]]:
    """The drawn inputs, and what answers inputs."""
    here = oracles / room
    number, amount = str(seed), str(count)
    if room == "lang":
        inputs = run([sys.executable, str(here / "gen/gen.py"), "gen", topic, number, amount])
        if topic in JS:
            return inputs, lambda data: run(["node", "answer.cjs"], data, here / "npm")
        binary = str(here / ("ro-oracle" if topic in RO else "cd-oracle"))
        return inputs, lambda data: run([binary, "answer"], data)
    if room == "argocd-diff":
        extra = [str(health_objects())] if topic == "health" else []
        return run([str(here / "argocd-diff"), "gen", topic, number, amount, *extra]), lambda data: run([str(here / "argocd-diff"), "run"], data)
    if room == "rollouts-scalar":
        drop = ["-drop", "message"] if topic == "analysis.evaluate" else ["-drop", "invalid"] if topic.startswith("rollout.check") else []
        binary = str(here / "rollouts-scalar")
        return run([binary, "gen", topic, number, amount]), lambda data: run([binary, "run", *drop], data)
    if room == "rollouts-trace":
        binary = str(here / "oracle")
        drawn = run([binary, "gen-routers" if topic == "routers" else "gen", number, amount])
        if topic == "reconcile":
            return drawn, lambda data: run([binary, "reconciles", number, "2"], run([binary, "record"], data))
        return drawn, lambda data: run([binary, "record"], data)
    if room == "backstage":
        inputs = run(["node", "oracle.cjs", "gen", topic, number, amount], cwd=here)
        return inputs, lambda data: run(["node", "oracle.cjs", "run"], data, here)
    return run([str(here / "oracle"), "gen", topic, number, amount]), lambda data: run([str(here / "oracle"), "run"], data)


def rows(data: bytes) -> list[dict[str, Any]]:
    return [row for line in data.decode().split("\n") if line.strip() for row in [json.loads(line)] if "expect" in row]


def ask(binary: str, vectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    lines = "".join(json.dumps({"id": str(n), "op": v["op"], "input": v["input"]}) + "\n" for n, v in enumerate(vectors))
    answers = {a.get("id"): a for line in run([binary, "call", "--jsonl"], lines.encode()).decode().splitlines() for a in [json.loads(line)]}
    return [answers.get(str(n), {"error": {"code": "internal"}}) for n in range(len(vectors))]


def smaller(value: Any) -> Iterator[Any]:
    """Each way to leave one thing out."""
    if isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
        for key, member in value.items():
            for less in smaller(member):
                yield {**value, key: less}
    elif isinstance(value, list):
        for at in range(len(value)):
            yield value[:at] + value[at + 1 :]
        for at, item in enumerate(value):
            for less in smaller(item):
                yield value[:at] + [less] + value[at + 1 :]
    elif isinstance(value, str) and len(value) > 1:
        yield value[: len(value) // 2]
        yield value[len(value) // 2 :]


def shrink(vector: dict[str, Any], binary: str, oracle: Callable[[bytes], bytes], seconds: float) -> dict[str, Any]:
    end = time.monotonic() + seconds
    best = vector
    again = True
    while again and time.monotonic() < end:
        again = False
        tries = []
        for less in smaller(best["input"]):
            tries.append({**{k: v for k, v in best.items() if k != "expect"}, "input": copy.deepcopy(less)})
            if len(tries) == 40:
                break
        if not tries:
            break
        try:
            asked = rows(oracle("".join(json.dumps({**t, "id": str(n)}) + "\n" for n, t in enumerate(tries)).encode()))
        except SystemExit:
            break
        for candidate, answer in zip(asked, ask(binary, asked)):
            if judge(candidate, answer) and len(json.dumps(candidate["input"])) < len(json.dumps(best["input"])):
                best = {**candidate, "id": vector["id"]}
                again = True
                break
    return best


def confirmed(bad: list[tuple[dict[str, Any], str]], oracle: Callable[[bytes], bytes]) -> list[tuple[dict[str, Any], str]]:
    """The mismatches to which upstream gives one answer however often it is asked. A long run sets ROUNDS=1, so that the Go oracles
    answer each line once; what differs is asked again, and again, in several rounds each time: an oracle leaves a line out whose
    rounds differ."""
    rounds = os.environ.pop("ROUNDS", None)
    answers: dict[str, set[str]] = {v["id"]: {json.dumps(v["expect"])} for v, _ in bad}
    try:
        lines = "".join(json.dumps(v) + "\n" for v, _ in bad).encode()
        # Go walks its maps in another order each time; a rare order takes many tries to show.
        for _ in range(AGAIN):
            again = {v["id"]: json.dumps(v["expect"]) for v in rows(oracle(lines))}
            for name, found in answers.items():
                found.add(again.get(name, "left out"))
    finally:
        if rounds is not None:
            os.environ["ROUNDS"] = rounds
    return [(v, why) for v, why in bad if len(answers[v["id"]]) == 1]


def halved(vector: dict[str, Any]) -> bool:
    """Whether half of a surrogate pair takes part: JavaScript's strings can hold one, UTF-8 cannot (tests/divergences.yaml)."""
    return any("\ud800" <= unit <= "\udfff" for unit in json.dumps(vector, ensure_ascii=False))


def revision() -> str:
    """The commit of the tree this script stands in; empty outside a clone."""
    asked = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, cwd=ROOT)
    return asked.stdout.strip()


def note(ledger: pathlib.Path, room: str, topic: str, seed: int, asked: int, cases: int, explained: int, unexplained: int) -> None:
    """One line for one topic: what was drawn, how much of it differs, when and with which commit."""
    line = {
        "room": room,
        "topic": topic,
        "seed": seed,
        "count": asked,
        "cases": cases,
        "explained": explained,
        "unexplained": unexplained,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "revision": revision(),
    }
    with ledger.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--room", required=True, choices=[*TOPICS, "rollouts", "argocd"])
    parser.add_argument("--topic", action="append")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--oracles", type=pathlib.Path, default=ROOT / "tests/oracles")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--ledger", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=3)
    parser.add_argument("--shrink", type=float, default=20, help="seconds for each printed mismatch")
    args = parser.parse_args()
    rooms = [room for room in TOPICS if room == args.room or room.startswith(args.room + "-")]
    known = known_divergences(ROOT)
    wrong = total = 0
    for room in rooms:
        for topic in args.topic or TOPICS[room].split():
            inputs, oracle = commands(args.oracles, room, topic, args.seed, args.count)
            vectors = rows(oracle(inputs))
            different = [(v, why) for v, a in zip(vectors, ask(args.bin, vectors)) for why in [judge(v, a)] if why]
            bad = [(v, why) for v, why in different if v["id"] not in known and not halved(v)]
            if bad and len(bad) <= 1000:
                bad = confirmed(bad, oracle)
            if args.ledger:
                note(args.ledger, room, topic, args.seed, args.count, len(vectors), len(different) - len(bad), len(bad))
            total += len(vectors)
            wrong += len(bad)
            print(f"{len(vectors) - len(bad):6d}/{len(vectors):<6d} {room} {topic} seed {args.seed}", flush=True)
            for vector, why in bad[: args.show]:
                small = shrink(vector, args.bin, oracle, args.shrink)
                print(f"    {vector['id']}: {why}\n    {json.dumps(small, ensure_ascii=False)[:1500]}")
            if args.out and bad:
                with args.out.open("a", encoding="utf-8", errors="surrogatepass") as out:
                    out.writelines(json.dumps(v, ensure_ascii=False) + "\n" for v, _ in bad)
    print(f"{total - wrong}/{total} agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
