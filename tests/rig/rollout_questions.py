"""What a recording lets one ask of lofting: Argo Rollouts' part.

Every change of a Rollout was recorded with the objects around it. Two questions:

simulate   the window from a Rollout's creation to its first rest, and the one from its first change of template to the end, played by
           `rollout.simulate`. In reality the pods of one ReplicaSet become ready one after the other and informers lag, so what is
           compared is what both must agree on: the path (distinct step, current, stable, abort, in order), the rests (states that held
           for three seconds with nothing under way but an analysis: phase, message, sizes, services, analyses), and the end.
reconcile  at each rest, one pass of the controller over the recorded objects must change nothing.
"""
from __future__ import annotations

import copy
import datetime
import json
from typing import Any, Iterator

from questions import Check, Question
from recording import Object, Recording

REST = 3.0
HASH = "rollouts-pod-template-hash"
READY_AFTER = "2s"  # kwok's latency


class World:
    """The watched objects of one namespace, as they were at a moment."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Object] = {}
        self.unseen = False  # a Service went, which wakes no pass of the controller: it finds out with the next one

    def take(self, kind: str, o: Object) -> None:
        key = (o["kind"], o["metadata"]["name"])
        if o["kind"] in ("Service", "Rollout"):
            self.unseen = o["kind"] == "Service" and (kind == "DELETED" or self.unseen)
        if kind == "DELETED":
            self.objects.pop(key, None)
        else:
            self.objects[key] = o

    def of(self, kind: str) -> list[Object]:
        return [o for (k, _), o in sorted(self.objects.items()) if k == kind]

    def get(self, kind: str, name: str) -> Object | None:
        return self.objects.get((kind, name))


def namespaces(recording: Recording) -> list[tuple[str, str]]:
    return sorted({(r["object"]["metadata"]["namespace"], r["object"]["metadata"]["name"]) for r in recording.timeline if r.get("object", {}).get("kind") == "Rollout"})


def history(recording: Recording, namespace: str, name: str) -> list[tuple[float, World]]:
    """The world after each change."""
    world, out = World(), []
    for row in recording.timeline:
        o = row.get("object")
        if not o or o["metadata"].get("namespace") != namespace:
            continue
        world.take(row["type"], o)
        if world.get("Rollout", name):
            now = copy.copy(world)
            now.objects = dict(world.objects)
            out.append((row["at"], now))
    return out


def roles(worlds: list[tuple[float, World]]) -> dict[str, str]:
    found: dict[str, Object] = {}
    for _, world in worlds:
        for o in world.of("ReplicaSet"):
            found.setdefault(o["metadata"]["labels"][HASH], o)
    order = sorted(found, key=lambda h: (found[h]["metadata"]["creationTimestamp"], h))
    return {h: f"r{n}" for n, h in enumerate(order, 1)}


def brief(world: World, name: str, role: dict[str, str]) -> dict[str, Any]:
    ro = world.get("Rollout", name) or {}
    st = ro.get("status") or {}
    sets = {}
    for o in world.of("ReplicaSet"):
        if any(w["name"] == name for w in o["metadata"].get("ownerReferences", [])):
            sets[role[o["metadata"]["labels"][HASH]]] = o["spec"].get("replicas")
    state = {
        "phase": st.get("phase", ""), "message": st.get("message", ""), "step": st.get("currentStepIndex"), "current": st.get("currentPodHash", ""),
        "stable": st.get("stableRS", ""), "abort": bool(st.get("abort")), "pause": [p["reason"] for p in st.get("pauseConditions") or []], "replicaSets": sets,
        "services": {o["metadata"]["name"]: (o["spec"].get("selector") or {}).get(HASH, "") for o in world.of("Service")},
        "analysisRuns": sorted((o.get("status") or {}).get("phase", "") for o in world.of("AnalysisRun")),
    }
    text = json.dumps(state)
    for h, r in role.items():
        text = text.replace(h, r)
    return json.loads(text)


def simulated(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "phase": entry["phase"], "message": entry.get("message") or "", "step": entry["step"], "current": entry["current"], "stable": entry["stable"],
        "abort": entry["abort"], "pause": [c["reason"] for c in entry["pause"]["conditions"]],
        "replicaSets": {r: s["spec"] for r, s in sorted(entry["replicaSets"].items())}, "services": entry.get("services") or {},
        "analysisRuns": sorted(r["phase"] for r in (entry.get("analysisRuns") or {}).values()),
    }


def squashed(states: list[Any]) -> list[Any]:
    return [s for n, s in enumerate(states) if n == 0 or states[n - 1] != s]


def path(states: list[tuple[float, dict[str, Any]]]) -> list[str]:
    return squashed([f"step {s['step']}, current {s['current'] or '-'}, stable {s['stable'] or '-'}{', aborted' if s['abort'] else ''}" for _, s in states])


def rests(states: list[tuple[float, dict[str, Any]]]) -> list[dict[str, Any]]:
    ends = [at for at, _ in states[1:]] + [float("inf")]
    return squashed([s for (at, s), end in zip(states, ends) if end - at >= REST and (s["phase"] != "Progressing" or "Running" in s["analysisRuns"])])


def changed(states: list[tuple[float, dict[str, Any]]]) -> list[tuple[float, dict[str, Any]]]:
    return [s for n, s in enumerate(states) if n == 0 or states[n - 1][1] != s[1]]


def plain(o: Object) -> Object:
    """A manifest: as it could stand in Git."""
    o = copy.deepcopy(o)
    o.pop("status", None)
    o["metadata"] = {k: v for k, v in o["metadata"].items() if k in ("name", "labels")}
    if o["kind"] in ("Service", "DestinationRule"):
        o = json.loads(json.dumps(o))
        (o["spec"].get("selector") or {}).pop(HASH, None)
        for subset in o["spec"].get("subsets", []):
            (subset.get("labels") or {}).pop(HASH, None)
    return o


def answers(worlds: list[tuple[float, World]]) -> list[dict[str, Any]]:
    """The measurements of the recorded AnalysisRuns, as rules of a scenario."""
    rules: dict[str, list[Any]] = {}
    for o in worlds[-1][1].of("AnalysisRun"):
        for result in (o.get("status") or {}).get("metricResults", []):
            values = [json.loads(m["value"]) for m in result.get("measurements", []) if "value" in m]
            if values:
                rules.setdefault(result["name"], values)
    return [{"metric": metric, "answers": values} for metric, values in sorted(rules.items())]


def scenario(recording: Recording, worlds: list[tuple[float, World]], namespace: str, name: str, start: float, end: float, first: str) -> dict[str, Any]:
    around = next(w for at, w in worlds if at >= start)
    objects = [plain(o) for k in ("Service", "VirtualService", "DestinationRule", "AnalysisTemplate") for o in around.of(k)]
    events: list[tuple[float, dict[str, Any]]] = []
    spec = None
    for at, world in worlds:
        now = world.objects[("Rollout", name)]["spec"]
        if spec is not None and now != spec and start <= at < end:
            events.append((at, {"do": "patch", "patch": {"spec": {k: v for k, v in now.items() if spec.get(k) != v}}}))
        spec = now
    for row in recording.timeline:
        patch = row.get("action", {}).get("patch", {})
        if (patch.get("kind"), patch.get("namespace"), patch.get("name"), patch.get("subresource")) == ("Rollout", namespace, name, "status") and start <= row["at"] < end:
            events.append((row["at"], {"do": "promote"}))
    events.sort(key=lambda e: e[0])
    last = min(end, recording.timeline[-1]["at"])
    return {"from": first, "horizon": f"{round(last - start)}s", "detail": "reconciles", "pods": {"readyAfter": READY_AFTER}, "objects": objects,
            "events": [{"at": f"{round(at - start)}s", **e} for at, e in events], "analysis": answers(worlds)}


def rollout_questions(recording: Recording) -> Iterator[Question]:
    for namespace, name in namespaces(recording):
        worlds = history(recording, namespace, name)
        role = roles(worlds)
        states = changed([(at, brief(world, name, role)) for at, world in worlds])
        update = updated(worlds, name)
        born = worlds[0][0]
        windows = [("created", born, next((at for at, s in states if s["phase"] == "Healthy"), None), "empty")]
        if update is not None:
            windows.append(("updated", update, float("inf"), "healthy"))
        for label, start, end, first in windows:
            if end is not None:
                yield simulation(recording, worlds, states, namespace, name, label, start, end, first)
        yield from quiet(recording, worlds, states, namespace, name)


def updated(worlds: list[tuple[float, World]], name: str) -> float | None:
    """When the template changed for the first time: the write that a new pod hash followed."""
    wrote, template, first = None, None, None
    for at, world in worlds:
        ro = world.objects[("Rollout", name)]
        if template is not None and ro["spec"]["template"] != template:
            wrote = wrote if wrote is not None and at - wrote < REST else at  # the controller fills in defaults at once
        template, now = ro["spec"]["template"], (ro.get("status") or {}).get("currentPodHash")
        if now and first and now != first:
            return wrote
        first = first or now
    return None


def simulation(recording: Recording, worlds: Any, states: Any, namespace: str, name: str, label: str, start: float, end: float, first: str) -> Question:
    real = [(at, s) for at, s in states if start <= at <= end]
    if first == "healthy":
        real = [(at, s) for at, s in states if at < start][-1:] + real
        real[0] = (start, real[0][1])
    manifest = plain(next(w for at, w in reversed(worlds) if at < start or first == "empty").objects[("Rollout", name)] if first == "healthy" else worlds[0][1].objects[("Rollout", name)])
    manifest["metadata"].pop("annotations", None)
    asked = {"rollout": manifest, "scenario": scenario(recording, worlds, namespace, name, start, end, first)}

    def toy(ok: dict[str, Any]) -> list[tuple[float, dict[str, Any]]]:
        return [(e["at"], simulated(e)) for e in ok["timeline"]]

    base = f"{namespace}/{name}/{label}"
    return Question("rollout.simulate", asked, [
        Check("rollouts: steps over time", f"{base}/path", path(real), lambda ok: path(toy(ok))),
        Check("rollouts: ReplicaSet sizes at rest", f"{base}/rests", rests(real[1:] if first == "healthy" else real), lambda ok: rests(toy(ok)[1:] if first == "healthy" else toy(ok))),
        Check("rollouts: end", f"{base}/end", real[-1][1], lambda ok: toy(ok)[-1][1]),
    ])


def told(ours: Any, recorded: Any) -> Any:
    """Our answer writes out what upstream's encoder leaves out when it is empty."""
    if isinstance(ours, dict) and isinstance(recorded, dict):
        return {k: told(v, recorded.get(k)) for k, v in ours.items() if k in recorded or v not in (None, False, 0, "", [], {})}
    if isinstance(ours, list) and isinstance(recorded, list) and len(ours) == len(recorded):
        return [told(a, b) for a, b in zip(ours, recorded)]
    return ours


def quiet(recording: Recording, worlds: Any, states: Any, namespace: str, name: str) -> Iterator[Question]:
    """One pass of the controller at each rest."""
    began = next(r["start"] for r in recording.timeline if "start" in r)
    ends = [at for at, _ in worlds[1:]] + [float("inf")]
    for n, ((at, world), end) in enumerate(zip(worlds, ends)):
        ro = world.objects[("Rollout", name)]
        status = ro.get("status") or {}
        if end - at < REST or not status.get("currentPodHash") or world.unseen:
            continue
        kinds = {"services": "Service", "replicaSets": "ReplicaSet", "analysisRuns": "AnalysisRun", "analysisTemplates": "AnalysisTemplate",
                 "virtualServices": "VirtualService", "destinationRules": "DestinationRule"}
        now = datetime.datetime.fromtimestamp(began + at + 1, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        around = {k: world.of(kind) for k, kind in kinds.items()}
        around["hashes"] = {"podTemplate": status["currentPodHash"], "steps": status.get("currentStepHash", "")}
        base = f"{namespace}/{name}/rest-{n}"
        yield Question("rollout.reconcile", {"rollout": ro, "world": around, "now": now}, [
            Check("rollouts: a pass at rest", f"{base}/status", status, lambda ok, status=status: told(ok["status"], status)),
            Check("rollouts: a pass at rest", f"{base}/actions", [], lambda ok: ok["actions"]),
        ])
