#!/usr/bin/env python3
"""table.py CRITERION OUT BENCHES: upstream's answers against the committed ones, then the ratios."""

import json
import pathlib
import re
import sys

criterion, out, benches = map(pathlib.Path, sys.argv[1:])
UNITS = {"ns": 1, "µs": 1e3, "us": 1e3, "ms": 1e6, "s": 1e9}


def ours(row: str) -> float:
    """Nanoseconds that criterion measured."""
    return json.loads((criterion / row / "new/estimates.json").read_text())["median"]["point_estimate"]


def peer(file: str, pattern: str) -> float:
    """Nanoseconds that a peer printed: the pattern's group is a number, or a number with its unit."""
    found = re.search(pattern, (out / file).read_text(), re.M)
    if not found:
        sys.exit(f"{file}: nothing like {pattern}")
    number, unit = re.fullmatch(r"([0-9.]+)\s*([a-zµ]*)", found[1]).groups()
    return float(number) * UNITS[unit or "ns"]


def summary(answer):
    """As `summary` in src/lib.rs."""
    applications = answer.get("applications") if isinstance(answer, dict) else None
    if applications:
        return {"count": len(applications), "first": applications[0], "last": applications[-1]}
    if isinstance(answer, dict) and "passes" in answer:
        passes, end = answer["passes"], answer["final"]
        actions = [action for one in passes for action in one["actions"]]
        return {
            "passes": [[one["phase"], one["message"], len(one["actions"]), len(one["results"])] for one in passes],
            "first": actions[0],
            "last": actions[-1],
            "final": [end["phase"], end["message"], len(end["resources"]), len(end["cluster"])],
        }
    if isinstance(answer, dict) and "timeline" in answer:
        states = answer["timeline"]
        return {"count": len(states), "first": states[0], "last": states[-1], "summary": answer["summary"]}
    return answer


def check_answers() -> None:
    lines = [json.loads(line) for line in (out / "answers.jsonl").read_text().splitlines()]
    recorded = {path.stem for path in (benches / "answers").glob("*.json")}
    if {line["id"] for line in lines} != recorded:
        sys.exit("upstream did not answer every input")
    for line in lines:
        if summary(line["expect"]) != json.loads((benches / "answers" / f"{line['id']}.json").read_text()):
            sys.exit(f"{line['id']}: upstream's answer is not the committed one")
    for path in (benches / "answers/lang").glob("*.jsonl"):
        if path.read_text() != (out / "answers-lang" / path.name).read_text():
            sys.exit(f"{path.name}: upstream's answers are not the committed ones")
    # Two of upstream's programs make their inputs themselves: they must be ours.
    for made in [*(out / "appset").glob("*.json"), *(out / "rollouts").glob("*.json")]:
        name = made.stem if made.stem.startswith(("appset-", "reconcile-", "trace-")) else f"appset-{made.stem}"
        theirs, mine = json.loads(made.read_text()), json.loads((benches / "inputs" / f"{name}.json").read_text())
        if theirs.get("input", theirs) != mine["input"]:
            sys.exit(f"{name}: upstream was timed on another input")


def says(ours, upstream) -> bool:
    """As in src/lib.rs: every member that upstream gives, in every row."""
    if isinstance(upstream, dict):
        return isinstance(ours, dict) and all(key in ours and says(ours[key], value) for key, value in upstream.items())
    if isinstance(upstream, list):
        return isinstance(ours, list) and len(ours) == len(upstream) and all(map(says, ours, upstream))
    return ours == upstream


def check_grown() -> None:
    for theirs in (out / "grown").glob("theirs-*.json"):
        mine = theirs.with_name(theirs.name.replace("theirs", "ours"))
        if not says(json.loads(mine.read_text()), json.loads(theirs.read_text())["expect"]):
            sys.exit(f"{mine.stem}: not upstream's answer")


def show(ns: float) -> str:
    unit, size = next((u, s) for u, s in (("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1)) if ns >= s)
    return f"{ns / size:.3g} {unit}"


GO_YAML = r"^yaml\.YAMLToJSON manifests-100k\.yaml .*?: (\d+) ns/op"
DIFF = r"^{} +(\d+) ns/op"
DIFFS = ["diff-small-configmap", "diff-medium-deployment", "diff-large-deployment", "diff-medium-custom", "diff-server-medium-deployment", "diff-ignore-jq"]
HEALTHS = ["health-small-deployment", "health-shipped-certificate", "health-lua-certificate"]
APPSET = r"^{} .*?(\d+) cpu-ns/op"
ROLLOUT = r"^{} .*?cpu mean ([0-9.]+[a-zµ]+)"
ROWS = [
    ("yaml-100k/lofting-kubernetes", "sigs.k8s.io/yaml YAMLToJSON", "go-yaml.txt", GO_YAML),
    ("yaml-100k/lofting-backstage", "npm yaml, parseEntityYaml", "node-yaml.txt", r"manifests-100k\.yaml .*?: ([0-9.]+ us)/op"),
    ("health-small-deployment", "health.GetResourceHealth", "go-diff.txt", DIFF.format("health-small-deployment")),
    ("diff-small-configmap", "argo/diff.StateDiff", "go-diff.txt", DIFF.format("diff-small-configmap")),
    ("diff-medium-deployment", "argo/diff.StateDiff", "go-diff.txt", DIFF.format("diff-medium-deployment")),
    *((f"core_{row}", "argo/diff.StateDiff", "go-diff.txt", DIFF.format(row)) for row in DIFFS),
    *((f"core_{row}", "health.GetResourceHealth", "go-diff.txt", DIFF.format(row)) for row in HEALTHS),
    *((f"core/compare-app-{count}", "CompareAppState", "go-diff.txt", DIFF.format(f"compare-app-{count}")) for count in (10, 100, 1000, 10000)),
    ("appset-list-1000-fasttemplate", "appset template.GenerateApplications", "go-appset.txt", APPSET.format("list-1000-fasttemplate")),
    ("appset-list-1000-gotemplate", "appset template.GenerateApplications", "go-appset.txt", APPSET.format("list-1000-gotemplate")),
    ("reconcile-idle", "rollout.Controller sync", "go-rollouts.txt", ROLLOUT.format("reconcile-idle")),
    ("reconcile-busy", "rollout.Controller sync", "go-rollouts.txt", ROLLOUT.format("reconcile-busy")),
    ("trace-small", "all controllers in a loop", "go-rollouts.txt", ROLLOUT.format("trace-small")),
    ("trace-medium", "all controllers in a loop", "go-rollouts.txt", ROLLOUT.format("trace-medium")),
    ("trace-analysis", "all controllers in a loop", "go-rollouts.txt", ROLLOUT.format("trace-analysis")),
    ("trace-large", "all controllers in a loop", "go-rollouts.txt", ROLLOUT.format("trace-large")),
]
for engine in ("fasttemplate", "gotemplate"):
    for row in ("list-10", "list-1000", "matrix-30x30", "git-directories-1000"):
        name = f"{row}-{engine}"
        ROWS.append((f"appset_{name}", "appset template.GenerateApplications", "go-appset.txt", APPSET.format(name)))
for size in (10, 100, 1000, 10000, 100000):
    ROWS.append((f"sync-order/{size}", "syncTasks.Sort", "go-sync.txt", rf"^order/{size} .*? (\d+) ns/op \(processor\)"))
for size in (10, 100, 1000):
    for name, row in (("gitops-engine alone", "engine loop"), ("ApplicationController", "sync.plan")):
        ROWS.append((f"sync-plan-{size}", name, "go-sync.txt", rf"^{row}/{size} .*? (\d+) ns/op \(processor\)"))
LANGUAGES = {
    "gotemplate": [("compile-and-run", "Render.Replace", "gotemplate Render.Replace/{}"), ("run", "Render.Replace", "gotemplate Render.Replace/{}")],
    "expr": [("compile-and-run", "evaluate.EvalCondition", r"expr/{} EvalCondition \(compile and run\)"), ("run", "expr.Run", "expr/{} run only")],
    "jq": [("compile", "gojq.Parse, Compile", r"gojq parse\+compile/{}"), ("run", "gojq.Code.Run", "gojq del on a value/{}")],
    "glob": [("compile-and-run", "gobwas Compile, Match", "glob compile and match/{}"), ("run", "gobwas Match", "glob match/{}")],
    "cron": [("compile-and-run", "robfig ParseStandard, Next", "cron parse and next/{}"), ("run", "robfig Next", "cron next/{}")],
}
for language, kinds in LANGUAGES.items():
    file = benches / "inputs/lang" / f"{'templates' if language == 'gotemplate' else language}.jsonl"
    for line in file.read_text().splitlines():
        name = json.loads(line)["name"]
        for kind, theirs, pattern in kinds:
            ROWS.append((f"lang_{language}_{name}_{kind}", theirs, "go-lang.txt", rf"^{pattern.format(name)}: (\d+) ns/op"))
QUESTIONS = 7
for row, name in [
    *((f"backstage-verdict-{size}", "catalog-backend orchestrator") for size in ("small", "medium", "large")),
    *((f"backstage-render-{size}", "nunjitsu renderValue") for size in ("small", "medium", "large")),
    *((f"backstage-dryrun-{size}", "scaffolder-backend createDryRunner") for size in ("1-step", "100-files")),
    *((f"backstage-query-{at}", "DefaultEntitiesCatalog on SQLite") for at in range(QUESTIONS)),
]:
    ROWS.append((row, name, "node-backstage.txt", rf"^{row} (\d+ ns)$"))
check_answers()
check_grown()
print("| input | ours | upstream's | | ratio |\n|---|---:|---|---:|---:|")
for row, name, file, pattern in ROWS:
    mine, theirs = ours(row), peer(file, pattern)
    print(f"| {row} | {show(mine)} | {name} | {show(theirs)} | {theirs / mine:.1f} |")
for row in ("serde_yaml", "granit-parser-events"):
    mine, theirs = ours("yaml-100k/lofting-kubernetes"), ours(f"yaml-100k/{row}")
    print(f"| yaml-100k/lofting-kubernetes | {show(mine)} | {row} (Rust) | {show(theirs)} | {theirs / mine:.1f} |")
