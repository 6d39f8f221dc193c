"""What a recording lets one ask of lofting, and what the real controllers said: Argo CD's part.

A question is one request of `lofting call --jsonl` and the checks on its answer. A check has an area (a row of the table), an id (the one
that tests/divergences.yaml may name), what was recorded, and how to read the same thing off the answer.
"""
from __future__ import annotations

import copy
import json
import re
from typing import Any, Callable, Iterator, NamedTuple

from recording import Object, Recording, Step, group, tracked_by, untracked

COMPARE_CONDITIONS = {"ComparisonError", "ExcludedResourceWarning", "OrphanedResourceWarning", "RepeatedResourceWarning", "SharedResourceWarning"}
CUSTOM = ("Rollout", "AnalysisTemplate", "AnalysisRun", "Experiment", "Application", "ApplicationSet", "AppProject")
ISTIO = ("VirtualService", "DestinationRule")
PHASES = {"PreSync": 0, "Sync": 1, "PostSync": 2, "SyncFail": 3}
HERE = "https://kubernetes.default.svc"


class Check(NamedTuple):
    area: str
    id: str
    want: Any
    take: Callable[[Any], Any]


class Question(NamedTuple):
    op: str
    input: dict[str, Any]
    checks: list[Check]


def questions(recording: Recording) -> Iterator[Question]:
    before: Step | None = None
    for step in recording.steps:
        yield from generated(recording, step)
        for name, app in sorted(step.of_kind("Application").items()):
            if step.statuses.get(name) and app["spec"]["destination"].get("server") == HERE and name in step.manifests:
                yield from compared(recording, step, name, app)
                yield from field_diffs(recording, step, name, app)
                yield from synced(step, before, name, app)
                yield from decided(recording, step, name, app)
            yield from judged(step, name)
        before = step


def generated(recording: Recording, step: Step) -> Iterator[Question]:
    """The Applications of each ApplicationSet, as the controller created them."""
    applications = step.of_kind("Application")
    for name, appset in sorted(step.of_kind("ApplicationSet").items()):
        def owned(app: Object, name: str = name) -> bool:
            return any(o["kind"] == "ApplicationSet" and o["name"] == name for o in app["metadata"].get("ownerReferences", []))

        want = [
            {"metadata": {k: a["metadata"][k] for k in ("name", "namespace", "labels") if k in a["metadata"]}
             | {"finalizers": a["metadata"].get("finalizers", [])}, "spec": a["spec"]}
            for _, a in sorted(applications.items()) if owned(a)
        ]
        url = next(iter(re.findall(r'"repoURL": "([^"]+)"', json.dumps(appset["spec"]["generators"]))))
        given = {k: appset[k] for k in ("apiVersion", "kind", "spec")} | {"metadata": {k: appset["metadata"][k] for k in ("name", "namespace")}}
        inventory = {"clusters": recording.clusters, "git": [{"repoURL": url, "files": step.repository}]}
        yield Question("appset.generate", {"applicationSet": given, "inventory": inventory}, [
            Check("generated Applications", f"{step.name}/{name}/{at}", row, lambda ok, at=at: pick(ok["applications"], at)) for at, row in enumerate(want)
        ] + [Check("generated Applications", f"{step.name}/{name}/count", len(want), lambda ok: len(ok["applications"]))])


def pick(rows: list[Any], at: int) -> Any:
    return rows[at] if at < len(rows) else None


def request(recording: Recording, step: Step, name: str, app: Object, manifests: list[Object], live: dict) -> dict[str, Any]:
    """An Application with its manifests and what the cluster holds that could matter to it."""
    namespace = app["spec"]["destination"].get("namespace", "")
    wanted = {(group(m), m["kind"], m["metadata"].get("namespace") or namespace, m["metadata"].get("name", "")) for m in manifests}
    def near(k: tuple, o: Object) -> bool:
        return (tracked_by(o) == name or k in wanted or (k[0], k[1], namespace, k[3]) in wanted and not k[2]
                or (k[2] == namespace and namespace != "argocd") or k[:2] == ("", "Namespace") and k[3] == namespace)

    scopes = {f"argoproj.io/{kind}": "Namespaced" for kind in CUSTOM} | {f"networking.istio.io/{k}": "Namespaced" for k in ISTIO}
    crds = [o for k, o in step.live.items() if k[1] == "CustomResourceDefinition"]
    scopes |= {f"{c['spec']['group']}/{c['spec']['names']['kind']}": c["spec"]["scope"] for c in crds}
    given = {"apiVersion": app["apiVersion"], "kind": app["kind"], "spec": app["spec"],
             "metadata": {k: v for k, v in app["metadata"].items() if k in ("name", "namespace", "uid", "annotations", "labels", "finalizers")}}
    asked = {"application": given, "targets": [untracked(m) for m in manifests], "live": [o for k, o in live.items() if near(k, o)],
             "settings": recording.settings, "scopes": scopes}
    project = step.of_kind("AppProject").get(app["spec"]["project"])
    if project:
        asked["project"] = {k: project[k] for k in ("apiVersion", "kind", "metadata", "spec")}
    return asked


def server_side(app: Object) -> bool:
    options = (app["metadata"].get("annotations") or {}).get("argocd.argoproj.io/compare-options", "")
    applied = "ServerSideApply=true" in (app["spec"].get("syncPolicy") or {}).get("syncOptions", [])
    return ("ServerSideDiff=true" in options or applied) and "ServerSideDiff=false" not in options


def resource_row(r: dict[str, Any]) -> dict[str, Any]:
    return {k: r.get(k) or "" for k in ("version", "status")} | {
        "hook": r.get("hook", False), "requiresPruning": r.get("requiresPruning", False), "syncWave": r.get("syncWave", 0),
        "requiresDeletionConfirmation": r.get("requiresDeletionConfirmation", False)}


def health_row(h: dict[str, Any] | None) -> dict[str, Any] | None:
    return {"status": h.get("status") or "", "message": h.get("message") or ""} if h else None


def resource_key(r: dict[str, Any]) -> str:
    return "/".join([r.get("group") or "", r["kind"], r.get("namespace") or "", r["name"]])


def compared(recording: Recording, step: Step, name: str, app: Object) -> Iterator[Question]:
    """Sync status, health and conditions of an Application and of each of its resources."""
    status = step.statuses[name]
    asked = request(recording, step, name, app, step.manifests[name], step.live)
    if server_side(app):
        asked["serverSideDryRun"] = {k: v["answer"] for k, v in step.dry_runs.items()}
        asked["crds"] = recording.crds
    base = f"{step.name}/{name}"

    def resource(key: str, read: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
        return lambda ok: next((read(r) for r in ok["resources"] if resource_key(r) == key), "not there")

    checks = [
        Check("sync status of Applications", f"{base}/sync", status["sync"]["status"], lambda ok: ok["sync"]),
        Check("health of Applications", f"{base}/health", status["health"]["status"], lambda ok: ok["health"]["status"]),
        Check("conditions of Applications", f"{base}/conditions",
              sorted([{"type": c["type"], "message": c["message"]} for c in status.get("conditions", []) if c["type"] in COMPARE_CONDITIONS], key=json.dumps),
              lambda ok: sorted([{"type": c["type"], "message": c["message"]} for c in ok["conditions"]], key=json.dumps)),
        Check("sync status of resources", f"{base}/resources", sorted(map(resource_key, status.get("resources", []))),
              lambda ok: sorted(map(resource_key, ok["resources"]))),
    ]
    for r in status.get("resources", []):
        key = resource_key(r)
        checks.append(Check("sync status of resources", f"{base}/sync/{key}", resource_row(r), resource(key, resource_row)))
        checks.append(Check("health of resources", f"{base}/health/{key}", health_row(r.get("health")), resource(key, lambda row: health_row(row.get("health")))))
    yield Question("app.compare", asked, checks)


def field_diffs(recording: Recording, step: Step, name: str, app: Object) -> Iterator[Question]:
    """The normalised and predicted states behind each verdict; with server-side diff, on the API server's own answer."""
    for m in step.managed.get(name, []):
        key = (m.get("group", ""), m["kind"], m.get("namespace", ""), m["name"])
        target, live = m["target"], step.live.get(key)
        moved = live and m.get("resourceVersion") and live["metadata"].get("resourceVersion") != m["resourceVersion"]
        if m.get("hook") or not target or not live or moved:
            continue
        asked: dict[str, Any] = {"target": target, "live": live, "settings": recording.settings}
        if app["spec"].get("ignoreDifferences"):
            asked["ignoreDifferences"] = app["spec"]["ignoreDifferences"]
        mine = [c for c in recording.crds if c["spec"]["group"] == key[0] and c["spec"]["names"]["kind"] == key[1]]
        if mine:
            asked["crds"] = mine
        area, base = "field diffs", f"{step.name}/{name}/{'/'.join(key)}"
        if server_side(app):
            run = step.dry_runs.get("/".join(key))
            if not run or tracked_by(run["request"]) != name:
                continue  # its answer came from the controller's cache
            area = "server-side dry runs"
            yield Question("diff.dryRunTarget", dict(asked), [Check(area, f"{base}/request", run["request"], lambda ok: ok["object"])])
            asked |= {"options": {"serverSideDiff": True}, "predictedLive": run["answer"]}
        checks = [Check(area, f"{base}/modified", bool(m.get("modified")), lambda ok: ok["modified"])]
        for side, recorded in (("normalizedLive", m["normalized"]), ("predictedLive", m["predicted"])):
            if recorded is not None:
                checks.append(Check(area, f"{base}/{side}", recorded, lambda ok, side=side: ok[side]))
        yield Question("diff.compare", asked, checks)


def judged(step: Step, name: str) -> Iterator[Question]:
    """The health of every object of an Application's tree, down to the pods."""
    for n in step.trees.get(name, []):
        key = (n.get("group") or "", n["kind"], n.get("namespace") or "", n["name"])
        live = step.live.get(key)
        if live and live["metadata"].get("resourceVersion") == n.get("resourceVersion"):
            given = copy.deepcopy(live)
            given["metadata"].pop("managedFields", None)
            want = health_row(n.get("health"))
            yield Question("health.assess", {"object": given}, [Check("health of the resource tree", f"{step.name}/{name}/tree/{'/'.join(key)}", want, health_row)])


TASK = re.compile(r"(PreSync|Sync|PostSync|SyncFail)/(-?\d+) (hook|resource) ([^/ ]*)/([^:]+):([^/]*)/(\S+) (nil|obj)->(nil|obj)")


def recorded_tasks(step: Step, app: str) -> list[str] | None:
    """The first sorted task list that the controller logged for its newest operation."""
    started, found, made = False, None, []
    for row in step.operations:
        if row["application"] != app:
            continue
        if row["msg"].startswith("Initialized new operation"):
            started, found, made = True, None, []
        elif started and found is None and row.get("kind") == "Namespace" and row["msg"].startswith("Adding resource result"):
            made = [task_line(row["phase"], 0, "", "Namespace", "", row["name"], False, False)]  # made before the rest, and not in the list
        elif started and found is None and row["msg"] in ("Tasks (dry-run)", "Tasks"):
            found = [task_line(p, int(w), g, k, ns, n, what == "hook", target == "nil") for p, w, what, g, k, ns, n, _, target in TASK.findall(row["tasks"])]
    return found if found is None else made + found


def task_line(phase: str, wave: int, g: str, kind: str, namespace: str, name: str, hook: bool, prune: bool) -> str:
    return f"{phase} {wave} {'hook ' if hook else ''}{'prune ' if prune else ''}{g}/{kind}/{namespace}/{name}"


def planned_tasks(ok: dict[str, Any]) -> list[str]:
    return [task_line(p["phase"], w["wave"], t["group"], t["kind"], t["namespace"], t["name"], t["hook"], t["prune"])
            for p in ok["phases"] for w in p["waves"] for t in w["tasks"]]


def ties_sorted(tasks: list[str]) -> list[str]:
    """Upstream sorts tasks that come out of a map by phase, wave, kind and name, and all custom kinds rank alike: two of them with one name
    stand in either order. Here they stand by kind."""
    def tie(task: str) -> tuple[str, str] | None:
        where, _, name = task.rpartition("/")
        head, _, kind = where.rpartition(" ")
        custom = "." in kind.split("/")[0] and not kind.split("/")[0].endswith(".k8s.io")
        return (head, name) if custom else None

    out: list[str] = []
    for task in tasks:
        at = len(out)
        while at > 0 and tie(task) is not None and tie(out[at - 1]) == tie(task) and out[at - 1] > task:
            at -= 1
        out.insert(at, task)
    return out


RESULT = ("group", "version", "kind", "namespace", "name", "syncPhase", "hookType", "status", "hookPhase")


def results(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(({k: r.get(k) or "" for k in RESULT} for r in rows), key=lambda r: (PHASES.get(r["syncPhase"], 9), resource_key(r)))


def synced(step: Step, before: Step | None, name: str, app: Object) -> Iterator[Question]:
    """The operation that ran since the step before: tasks in order, results, end, history."""
    operation = step.statuses[name].get("operationState") or {}
    begun = sum(r["application"] == name and r["msg"].startswith("Initialized new operation") for r in step.operations)
    if begun != 1 or not operation.get("finishedAt") or not operation.get("syncResult"):
        return
    first = before is None or name not in before.statuses
    history = 0 if first else len(before.statuses[name].get("history") or [])
    given, live = (app, {}) if first else (before.of_kind("Application")[name], before.live)
    tasks = recorded_tasks(step, name)
    if tasks is None or step.statuses[name]["sync"].get("revision") != operation["syncResult"]["revision"]:
        return  # the manifests at hand are of another revision
    yield operation_question(step, name, given, live, operation, tasks, len(step.statuses[name].get("history") or []) - history)


def operation_question(step: Step, name: str, given: Object, live: dict, operation: dict[str, Any], tasks: list[str], entries: int) -> Question:
    asked = request(EMPTY, step, name, given, step.manifests[name], live)
    (asked["application"]["metadata"].get("annotations") or {}).pop("argocd.argoproj.io/compare-options", None)
    asked["live"] += [served("argoproj.io", kind, "v1alpha1") for kind in CUSTOM]
    asked["live"] += [served("networking.istio.io", kind, "v1", "v1beta1", "v1alpha3") for kind in ISTIO]
    failed = {resource_key(r): [{"status": "Degraded", "message": r.get("message", "")}]
              for r in operation["syncResult"].get("resources", []) if r.get("hookPhase") == "Failed" and r.get("hookType")}
    plan = {k: asked[k] for k in ("application", "targets", "live", "project") if k in asked}
    plan |= {"operation": operation["operation"], "revision": operation["syncResult"]["revision"], "assume": {"health": failed} if failed else {}}
    base = f"{step.name}/{name}"
    return Question("sync.plan", plan, [
        Check("sync: order of phases, waves and tasks", f"{base}/tasks", ties_sorted(tasks), lambda ok: ties_sorted(planned_tasks(ok))),
        Check("sync: result of each resource", f"{base}/results", results(operation["syncResult"].get("resources", [])), lambda ok: results(ok["final"]["resources"])),
        Check("sync: phase and message of the operation", f"{base}/end", {"phase": operation["phase"], "message": operation.get("message", "")},
              lambda ok: {k: ok["final"][k] for k in ("phase", "message")}),
        Check("history", f"{base}/history", entries, lambda ok: ok["final"]["history"]),
    ])


class EMPTY:
    settings: dict[str, str] = {}


def served(g: str, kind: str, *versions: str) -> Object:
    """A kind that the rig's API server serves beside the built-in ones."""
    plural = kind.lower() + "s"
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{g}"},
            "spec": {"group": g, "scope": "Namespaced", "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": kind + "List"},
                     "versions": [{"name": v, "served": True, "storage": n == 0} for n, v in enumerate(versions)]}}


def decided(recording: Recording, step: Step, name: str, app: Object) -> Iterator[Question]:
    """Whether the controller starts a sync by itself: the one it started, and that it starts none now that all is quiet."""
    status = step.statuses[name]
    now = app["status"]["reconciledAt"]
    project = step.of_kind("AppProject").get(app["spec"]["project"])
    common: dict[str, Any] = {"now": now, "settings": {"selfHealBackoff": {"duration": "2s", "factor": 3, "cap": "300s"}}} | ({"project": project} if project else {})
    rest = {"sync": status["sync"], "resources": status.get("resources", []), "revisionsMayHaveChanges": True}
    quiet = {k: v for k, v in app.items() if k != "operation"}
    base = f"{step.name}/{name}"
    yield Question("autosync.decide", common | {"application": quiet, "comparison": rest}, [Check("auto-sync decisions", f"{base}/rest", False, lambda ok: ok["sync"])])
    operation = status.get("operationState", {}).get("operation", {})
    if operation.get("initiatedBy", {}).get("automated") and len(status.get("history") or []) == 1:
        fresh = {k: v for k, v in app.items() if k not in ("status", "operation")}
        state = status["operationState"]
        again = operation["sync"].get("autoHealAttemptsCount", 0)
        # A self-heal is partial and leaves no history. Its own state has replaced that of the sync it followed, which was whole.
        healed = {(r.get("group", ""), r["kind"], r["name"]) for r in operation["sync"].get("resources", [])}
        hit = lambda r: not again or (r.get("group", ""), r["kind"], r["name"]) in healed
        resources = [r | {"status": "OutOfSync" if hit(r) else "Synced"} for r in status.get("resources", [])]
        if again:
            whole = {k: v for k, v in operation["sync"].items() if k not in ("resources", "autoHealAttemptsCount")}
            before = {"sync": whole if again == 1 else whole | {"autoHealAttemptsCount": again - 1}}
            fresh["status"] = {"operationState": state | {"operation": operation | before, "phase": "Succeeded"}}
        revision = state["syncResult"]["revision"]
        asked = {"application": fresh, "comparison": {"sync": {"status": "OutOfSync", "revision": revision}, "resources": resources, "revisionsMayHaveChanges": True}}
        yield Question("autosync.decide", common | asked, [Check("auto-sync decisions", f"{base}/operation", operation, lambda ok: ok.get("operation"))])
