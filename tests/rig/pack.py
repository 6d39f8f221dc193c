#!/usr/bin/env python3
"""pack.py RECORDING OUT.json.gz: what a parity check needs of a recording, in one compressed file.

`{upstream, settings, clusters, crds, timeline, steps: [{name, revision, repository, live, applications, ...}], pool}`. Objects that occur more
than once stand once, in `pool`; `{"$": n}` refers to them. recording.py reads it back. Only this script needs PyYAML.
"""
import gzip, json, pathlib, sys
import yaml
try: from yaml import CSafeLoader as Loader
except ImportError: from yaml import SafeLoader as Loader

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEEP_OF_RESOURCE = ("group", "kind", "namespace", "name", "hook", "modified", "resourceVersion")


def read(path):
    return json.loads(path.read_text()) if path.exists() else None


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def live_objects(step):
    """Every object of the step, Secrets left out: nothing here needs them, and none shall be committed."""
    found = []
    for path in sorted((step / "live").glob("*.yaml")):
        found += [o for o in (yaml.load(path.read_text(), Loader) or {}).get("items", []) if o["kind"] != "Secret"]
    return found


def state(text):
    return json.loads(text) if text and text != "null" else None


def step_of(path, before):
    managed = {}
    for app, rows in (read(path / "managed-resources.json") or {}).items():
        managed[app] = [
            {k: row[k] for k in KEEP_OF_RESOURCE if k in row}
            | {"target": state(row.get("targetState")), "normalized": state(row.get("normalizedLiveState")), "predicted": state(row.get("predictedLiveState"))}
            for row in rows or []
            if row["kind"] != "Secret"
        ]
    verdicts = read(path / "verdicts.json")
    manifests = {}
    for app, found in read(path / "manifests.json").items():
        synced = (verdicts.get(app, {}).get("status") or {}).get("sync", {}).get("revision")
        of_revision = [m for m in found if m["revision"] and m["revision"] == synced]
        if len(of_revision) == 1:
            manifests[app] = of_revision[0]["manifests"]
    trees = {
        app: [{k: n.get(k) for k in ("group", "kind", "namespace", "name", "resourceVersion", "health")} for n in (tree or {}).get("nodes") or []]
        for app, tree in read(path / "resource-trees.json").items()
    }
    asked = {}
    for key, rows in (read(path / "dry-run-controller.json") or {}).items():
        good = [r for r in rows if r["status"] < 300 and "fieldValidation" not in r["query"] and not key.startswith("/Secret/")]
        if good:
            asked[key] = {"request": good[-1]["request"], "answer": good[-1]["answer"]}
    repository = read(path / "repository.json")
    return {
        "name": path.name,
        "revision": (path / "revision").read_text().strip(),
        "repository": repository if before is None else {k: v for k, v in repository.items() if before.get(k) != v} | {k: None for k in before if k not in repository},
        "live": live_objects(path),
        "statuses": {app: v["status"] for app, v in verdicts.items()},
        "managed": managed,
        "manifests": manifests,
        "trees": trees,
        "dryRuns": asked,
        "operations": lines(path / "operations.jsonl"),
        "events": [e for e in read(path / "events.json") if e["kind"] in ("Application", "Rollout")],
    }, repository


def schemas(crds, steps):
    """What the API server knows of the custom kinds that an Application has, without the prose."""
    kinds = {(m["group"], m["kind"]) for step in steps for rows in step["managed"].values() for m in rows if m.get("group")}

    def bare(node, names):
        # below `properties` the keys are names of fields, and a field may be called description
        if isinstance(node, dict):
            return {k: bare(v, k == "properties" and not names) for k, v in node.items() if names or k != "description"}
        return [bare(v, False) for v in node] if isinstance(node, list) else node

    found = [c for c in crds if (c["spec"]["group"], c["spec"]["names"]["kind"]) in kinds]
    return [{"apiVersion": c["apiVersion"], "kind": c["kind"], "metadata": {"name": c["metadata"]["name"]}, "spec": bare(c["spec"], False)} for c in found]


def pooled(value):
    """`value` with each object that occurs more than once put into a pool."""
    seen = {}

    def count(node):
        if isinstance(node, dict):
            if "kind" in node and "metadata" in node:
                key = json.dumps(node, sort_keys=True)
                seen[key] = seen.get(key, 0) + 1
            for member in node.values():
                count(member)
        elif isinstance(node, list):
            for item in node:
                count(item)

    count(value)
    numbers, pool = {}, []

    def put(node):
        if isinstance(node, dict):
            key = json.dumps(node, sort_keys=True) if "kind" in node and "metadata" in node else None
            if key is not None and seen.get(key, 0) > 1:
                if key not in numbers:
                    numbers[key] = len(pool)
                    pool.append(node)
                return {"$": numbers[key]}
            return {k: put(v) for k, v in node.items()}
        return [put(v) for v in node] if isinstance(node, list) else node

    return put(value) | {"pool": pool}


def main():
    source, out = map(pathlib.Path, sys.argv[1:3])
    pins = json.loads((ROOT / "crates/core/pins.json").read_text())
    steps, repository = [], None
    for path in sorted(p for p in source.iterdir() if (p / "verdicts.json").exists()):
        step, repository = step_of(path, repository)
        steps.append(step)
    whole = {
        "upstream": {"argocd": pins["argocd"]["release"], "rollouts": pins["rollouts"]["release"], "kubernetes": pins["kubernetes"]["release"]},
        "settings": read(source / "settings.json"),
        "clusters": read(source / "inventory.json")["clusters"],
        "crds": schemas(read(source / "crds.json"), steps),
        "timeline": lines(source / "timeline.jsonl"),
        "steps": steps,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(pooled(whole), sort_keys=True, separators=(",", ":")).encode()
    with out.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=9, mtime=0, filename="") as packed:
        packed.write(text)
    print(f"{out}: {len(steps)} steps, {out.stat().st_size // 1024} KiB ({len(text) // 1024} KiB of JSON)")


main()
