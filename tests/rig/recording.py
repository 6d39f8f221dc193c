"""Reads what pack.py wrote."""
from __future__ import annotations

import copy
import gzip
import json
import pathlib
from typing import Any

TRACKING = "argocd.argoproj.io/tracking-id"
Object = dict  # a Kubernetes object


def group(o: Object) -> str:
    return o["apiVersion"].rpartition("/")[0]


def key(o: Object) -> tuple[str, str, str, str]:
    return (group(o), o["kind"], o["metadata"].get("namespace", ""), o["metadata"].get("name", ""))


def tracked_by(o: Object) -> str:
    """The Application that an object says it belongs to."""
    return (o["metadata"].get("annotations") or {}).get(TRACKING, "").split(":")[0]


def untracked(o: Object) -> Object:
    """As the renderer gave it, before the repo server wrote the tracking annotation."""
    o = copy.deepcopy(o)
    annotations = o["metadata"].get("annotations")
    if annotations:
        annotations.pop(TRACKING, None)
        if not annotations:
            del o["metadata"]["annotations"]
    return o


class Step:
    """One state of the platform, as the controllers left it."""

    def __init__(self, row: dict[str, Any], repository: dict[str, str]) -> None:
        self.name: str = row["name"]
        self.revision: str = row["revision"]
        self.repository = repository
        self.live: dict[tuple, Object] = {key(o): o for o in row["live"]}
        self.statuses: dict[str, dict[str, Any]] = row["statuses"]
        self.managed: dict[str, list[dict[str, Any]]] = row["managed"]
        self.manifests: dict[str, list[Object]] = row["manifests"]
        self.trees: dict[str, list[dict[str, Any]]] = row["trees"]
        self.dry_runs: dict[str, dict[str, Any]] = row["dryRuns"]
        self.operations: list[dict[str, Any]] = row["operations"]
        self.events: list[dict[str, Any]] = row["events"]

    def of_kind(self, kind: str) -> dict[str, Object]:
        return {o["metadata"]["name"]: o for k, o in self.live.items() if k[1] == kind}


class Recording:
    def __init__(self, path: pathlib.Path) -> None:
        with gzip.open(path, "rt", encoding="utf-8") as text:
            whole = json.load(text)
        pool: list[Any] = whole.pop("pool")

        def take(node: Any) -> Any:
            if isinstance(node, dict):
                if set(node) == {"$"}:
                    return pool[node["$"]]
                return {k: take(v) for k, v in node.items()}
            return [take(v) for v in node] if isinstance(node, list) else node

        whole = take(whole)
        self.upstream: dict[str, str] = whole["upstream"]
        self.settings: dict[str, str] = whole["settings"]
        self.clusters: list[dict[str, Any]] = whole["clusters"]
        self.crds: list[Object] = whole["crds"]
        self.timeline: list[dict[str, Any]] = whole["timeline"]
        self.steps: list[Step] = []
        repository: dict[str, str] = {}
        for row in whole["steps"]:
            repository = {k: v for k, v in (repository | row["repository"]).items() if v is not None}
            self.steps.append(Step(row, repository))
