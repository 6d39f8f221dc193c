#!/usr/bin/env python3
"""Writes a platform repository of a given size: Applications with manifests and a snapshot, entities, Rollouts.

    benches/platform.py DIR [--applications 1000] [--entities 300] [--rollouts 20]
    lofting preview DIR
"""

import argparse
from pathlib import Path

REPO = "https://git.example/gitops.git"
SERVER = "https://kubernetes.default.svc"
REVISION = "0123456789abcdef0123456789abcdef01234567"


def application(name, namespace, status=""):
    return f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: argocd
  finalizers:
    - resources-finalizer.argocd.argoproj.io
spec:
  project: team-{int(name.rsplit('-', 1)[1]) % 20}
  source:
    repoURL: {REPO}
    targetRevision: main
    path: services/{name}
  destination:
    server: {SERVER}
    namespace: {namespace}
  syncPolicy:
    automated:
      prune: true
    syncOptions:
      - CreateNamespace=true
{status}"""


def workload(name, rollout, image, namespace="", tracking="", replicas=3, status=""):
    kind, api = ("Rollout", "argoproj.io/v1alpha1") if rollout else ("Deployment", "apps/v1")
    strategy = ""
    if rollout:
        strategy = """  strategy:
    canary:
      steps:
        - setWeight: 20
        - pause:
            duration: 5m
        - setWeight: 60
        - pause:
            duration: 5m
"""
    return f"""apiVersion: {api}
kind: {kind}
metadata:
  name: {name}
{namespace}{tracking}  labels:
    app.kubernetes.io/name: {name}
    backstage.io/kubernetes-id: {name}
spec:
  replicas: {replicas}
  selector:
    matchLabels:
      app.kubernetes.io/name: {name}
{strategy}  template:
    metadata:
      labels:
        app.kubernetes.io/name: {name}
    spec:
      containers:
        - name: app
          image: {image}
          ports:
            - containerPort: 8080
{status}"""


def service(name, namespace="", tracking=""):
    return f"""apiVersion: v1
kind: Service
metadata:
  name: {name}
{namespace}{tracking}spec:
  selector:
    app.kubernetes.io/name: {name}
  ports:
    - port: 80
      targetPort: 8080
"""


def track(app, group_kind, namespace, name):
    return f"  annotations:\n    argocd.argoproj.io/tracking-id: {app}:{group_kind}:{namespace}/{name}\n"


def history(at):
    rows = "".join(
        f'    - deployedAt: "2026-01-{day:02}T0{at % 10}:00:00Z"\n      id: {day}\n      revision: {day:02}{REVISION[2:]}\n'
        for day in range(1, 6)
    )
    return f"""status:
  sync:
    status: Synced
    revision: {REVISION}
  health:
    status: Healthy
  history:
{rows}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=Path)
    parser.add_argument("--applications", type=int, default=1000)
    parser.add_argument("--entities", type=int, default=300)
    parser.add_argument("--rollouts", type=int, default=20)
    options = parser.parse_args()
    files = {
        "lofting.yaml": f"repositories:\n  {REPO}: gitops\nlive: live\n",
        "gitops/root.yaml": f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: root
  namespace: argocd
spec:
  project: default
  source:
    repoURL: {REPO}
    targetRevision: main
    path: apps
  destination:
    server: {SERVER}
    namespace: argocd
""",
    }
    projects = [
        f"""apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: team-{team}
  namespace: argocd
spec:
  sourceRepos: ["*"]
  destinations:
    - server: "*"
      namespace: "*"
"""
        for team in range(20)
    ]
    files["gitops/projects.yaml"] = "---\n".join(projects)
    live_applications, live_objects = [], []
    for at in range(options.applications):
        name, namespace, rollout = f"service-{at}", f"ns-{at}", at < options.rollouts
        space = f"  namespace: {namespace}\n"
        files[f"gitops/apps/{name}.yaml"] = application(name, namespace)
        files[f"gitops/services/{name}/workload.yaml"] = workload(name, rollout, f"example/{name}:1.{at}.0")
        files[f"gitops/services/{name}/service.yaml"] = service(name)
        live_applications.append(application(name, namespace, history(at)))
        group = "argoproj.io/Rollout" if rollout else "apps/Deployment"
        # One in ten has drifted.
        replicas = 5 if at % 10 == 3 else 3
        live_objects.append(
            workload(name, rollout, f"example/{name}:1.{at}.0", space, track(name, group, namespace, name), replicas)
        )
        live_objects.append(service(name, space, track(name, "/Service", namespace, name)))
    files["live/applications.yaml"] = "---\n".join(live_applications)
    files["live/objects.yaml"] = "---\n".join(live_objects)
    groups = [
        f"apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: team-{team}\nspec:\n  type: team\n  children: []\n"
        for team in range(20)
    ]
    files["catalog/groups.yaml"] = "---\n".join(groups)
    for at in range(options.entities - 20):
        depends = f"  dependsOn:\n    - component:service-{at // 2}\n" if at else ""
        files[f"catalog/service-{at}/catalog-info.yaml"] = f"""apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: service-{at}
  description: Service number {at}
  annotations:
    argocd/app-name: service-{at}
    backstage.io/kubernetes-id: service-{at}
spec:
  type: service
  lifecycle: production
  owner: team-{at % 20}
{depends}"""
    for path, text in files.items():
        target = options.dir / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    print(f"{len(files)} files below {options.dir}")


if __name__ == "__main__":
    main()
