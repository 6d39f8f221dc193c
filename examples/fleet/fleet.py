"""Check thousands of platform repositories with lofting, spread over the cores of a Ray cluster.

    python fleet.py REPOSITORIES [--workers N] [--json FILE]     every directory in REPOSITORIES is a repository
    python fleet.py --generate N DIR                             make N small repositories to try it on

Exit codes: 0 nothing found, 1 findings, 2 it could not be done.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Iterable, Iterator

import ray

BATCH = 25
"""Repositories per task: long enough that handing it over costs nothing, short enough that cores end together."""
LIMIT = 4 * 1024 * 1024
"""Larger files are no manifests."""
SKIPPED = {".git", "node_modules", "target"}


def read(repository: Path) -> list[dict[str, str]]:
    """Every text of a repository; links are not followed, what is no UTF-8 is left out."""
    files = []
    for path in sorted(repository.rglob("*")):
        if path.is_symlink() or not path.is_file() or SKIPPED & set(path.parts) or path.stat().st_size > LIMIT:
            continue
        try:
            files.append({"path": path.relative_to(repository).as_posix(), "text": path.read_text("utf-8")})
        except UnicodeDecodeError:
            continue
    return files


def check(repository: str) -> dict[str, Any]:
    """One repository's answer: how much of what, and the findings. A repository that cannot be read is an answer, too."""
    import lofting

    files = read(Path(repository))
    answer: dict[str, Any] = {"repository": repository, "files": len(files), "bytes": sum(len(file["text"]) for file in files)}
    try:
        preview = json.loads(lofting.call("platform.preview", json.dumps({"files": files})))
        if "error" in preview:
            return answer | {"error": preview["error"]["message"]}
    except OSError as error:
        return answer | {"error": str(error)}
    ok = preview["ok"]
    findings = [
        {key: finding.get(key) for key in ("code", "severity", "message", "location")}
        for finding in ok["diagnostics"]
        if finding["severity"] != "info"
    ]
    return answer | {"applications": len(ok["applications"]), "entities": len(ok["catalog"]["entities"]), "findings": findings}


@ray.remote(num_cpus=1)
def check_all(repositories: list[str]) -> tuple[list[dict[str, Any]], float]:
    """A batch, and the processor seconds it took."""
    before = time.process_time()
    answers = [check(repository) for repository in repositories]
    return answers, time.process_time() - before


def batches(repositories: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(repositories), BATCH):
        yield repositories[at : at + BATCH]


def spread(repositories: list[str]) -> Iterator[tuple[list[dict[str, Any]], float]]:
    """The batches as they are done; what is waiting is never more than the cluster can soon take."""
    waiting: list[Any] = []
    most = 2 * max(1, int(ray.cluster_resources().get("CPU", 1)))
    for batch in batches(repositories):
        if len(waiting) >= most:
            done, waiting = ray.wait(waiting, num_returns=1)
            yield ray.get(done[0])
        waiting.append(check_all.remote(batch))
    while waiting:
        done, waiting = ray.wait(waiting, num_returns=1)
        yield ray.get(done[0])


def run(repositories: list[str]) -> dict[str, Any]:
    """Checks all of them."""
    started = time.perf_counter()
    answers: list[dict[str, Any]] = []
    processor = 0.0
    for batch, seconds in spread(repositories):
        answers += batch
        processor += seconds
    wall = time.perf_counter() - started
    answers.sort(key=lambda answer: answer["repository"])
    return {
        "repositories": len(answers),
        "files": sum(answer["files"] for answer in answers),
        "bytes": sum(answer["bytes"] for answer in answers),
        "wallSeconds": round(wall, 3),
        "processorSeconds": round(processor, 3),
        "repositoriesPerSecond": round(len(answers) / wall, 1) if wall else 0.0,
        "repositoriesPerCoreSecond": round(len(answers) / processor, 1) if processor else 0.0,
        "answers": answers,
    }


def report(result: dict[str, Any]) -> str:
    """For people: the commonest findings, the worst repositories, the speed."""
    answers = result["answers"]
    codes: Counter[str] = Counter(finding["code"] for answer in answers for finding in answer.get("findings", []))
    worst = sorted((a for a in answers if a.get("findings")), key=lambda a: (-len(a["findings"]), a["repository"]))
    failed = [answer for answer in answers if "error" in answer]
    lines = [f"{result['repositories']} repositories, {result['files']} files, {result['bytes'] / 1e6:.1f} MB"]
    lines += [f"  {number:>7}  {code}" for code, number in codes.most_common(20)]
    if worst:
        lines.append("most findings:")
        lines += [f"  {len(a['findings']):>7}  {a['repository']}" for a in worst[:10]]
    lines += [f"could not be read: {a['repository']}: {a['error']}" for a in failed[:10]]
    lines.append(
        f"{result['wallSeconds']:.1f} s, {result['repositoriesPerSecond']} repositories a second, "
        f"{result['repositoriesPerCoreSecond']} a second of one core"
    )
    return "\n".join(lines)


APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://git.example/{repository}.git
    path: deploy/{name}
    targetRevision: main
  destination:
    server: https://kubernetes.default.svc
    namespace: {name}
"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    backstage.io/kubernetes-id: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: {name}
          image: registry.example/{name}:1.{replicas}.0
"""
COMPONENT = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: {name}
  annotations:
    argocd/app-name: {app}
spec:
  type: service
  lifecycle: production
  owner: {owner}
"""
GROUP = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: team\nspec:\n  type: team\n  children: []\n"


def generate(count: int, into: Path) -> None:
    """Small repositories of one to six services; every seventh names an owner that is not there, every eleventh an Application."""
    for number in range(count):
        name = f"repository-{number:05}"
        root = into / name
        texts = {"lofting.yaml": f"repositories:\n  https://git.example/{name}.git: .\n", "catalog/team.yaml": GROUP}
        for service in range(1 + number % 6):
            what = f"service-{number}-{service}"
            app = "gone" if number % 11 == 0 else what
            owner = "nobody" if number % 7 == 0 else "team"
            texts[f"apps/{what}.yaml"] = APPLICATION.format(name=what, repository=name)
            texts[f"deploy/{what}/deployment.yaml"] = DEPLOYMENT.format(name=what, replicas=1 + service)
            texts[f"catalog/{what}.yaml"] = COMPONENT.format(name=what, app=app, owner=owner)
        for path, text in texts.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, "utf-8")


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check thousands of platform repositories.")
    parser.add_argument("repositories", type=Path, help="a directory of repositories")
    parser.add_argument("--workers", type=int, help="cores of this machine to use; default: all, or RAY_ADDRESS's cluster")
    parser.add_argument("--json", type=Path, help="write every answer to this file")
    parser.add_argument("--generate", type=int, metavar="N", help="make N repositories there and end")
    options = parser.parse_args(list(arguments) if arguments is not None else None)
    if options.generate is not None:
        generate(options.generate, options.repositories)
        return 0
    if not options.repositories.is_dir():
        print(f"{options.repositories}: no directory", file=sys.stderr)
        return 2
    repositories = sorted(str(path.resolve()) for path in options.repositories.iterdir() if path.is_dir())
    ray.init(num_cpus=options.workers, include_dashboard=False, log_to_driver=False, logging_level="warning")
    try:
        # The workers start, and import, before the clock does.
        ray.get([check_all.remote([]) for _ in range(int(ray.cluster_resources().get("CPU", 1)))])
        result = run(repositories)
    finally:
        ray.shutdown()
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), "utf-8")
    print(report(result))
    return 1 if any(answer.get("findings") or "error" in answer for answer in result["answers"]) else 0


if __name__ == "__main__":
    sys.exit(main())
