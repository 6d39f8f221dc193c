#!/usr/bin/env python3
"""platform.py DEMO OUT: lays the demo out as a platform that record.py can play.

The repository is DEMO/gitops with the addresses of this machine: its own URL, and the stand-in for Prometheus. The five-minute pauses and
the one-minute interval become seconds, so that a canary ends while one waits.
"""
import pathlib, shutil, sys

REPLACE = [
    ("https://github.com/acme/gitops.git", "http://127.0.0.1:28088/acme.git"),
    ("http://prometheus.monitoring:9090", "http://127.0.0.1:28093"),
    ("duration: 5m", "duration: 20s"),
    ("interval: 1m", "interval: 5s"),
    # Office hours would let the staging Applications sync only by day.
    ("schedule: 0 7 * * 1-5\n      duration: 11h", "schedule: 0 0 * * *\n      duration: 24h"),
]


def main():
    demo, out = map(pathlib.Path, sys.argv[1:3])
    here = pathlib.Path(__file__).parent
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(demo / "gitops", out / "repo")
    for path in (out / "repo").rglob("*"):
        if path.is_file():
            text = path.read_text()
            for old, new in REPLACE:
                text = text.replace(old, new)
            path.write_text(text)
    # What Git held before the demo's own state: it is deployed first, and then leaves Git, so that the cluster has one object too many.
    (out / "repo/apps/services/payment-service/limits.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: payment-limits\ndata:\n  daily: \"5000\"\n"
    )
    shutil.copy(here / "platforms/demo/rig.yaml", out / "rig.yaml")


main()
