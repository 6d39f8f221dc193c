#!/usr/bin/env python3
"""live.py RECORDING/STEP DEMO/live: the snapshot of a recorded step, with the addresses and times of the demo instead of the rig's."""
import pathlib, re, sys

BACK = [
    (r"http://127\.0\.0\.1:28088/acme\.git", "https://github.com/acme/gitops.git"),
    (r"http://127\.0\.0\.1:28093", "http://prometheus.monitoring:9090"),
    (r"duration: 20s", "duration: 5m"),
    (r"interval: 5s", "interval: 1m"),
    (r'\\?"duration\\?":\\?"20s\\?"', lambda m: m.group().replace("20s", "5m")),
    (r"schedule: 0 0 \* \* \*", "schedule: 0 7 * * 1-5"),
    (r"duration: 24h", "duration: 11h"),
    (r'"schedule":"0 0 \* \* \*"', '"schedule":"0 7 * * 1-5"'),
    (r'"duration":"24h"', '"duration":"11h"'),
    (r'\\?"interval\\?":\\?"5s\\?"', lambda m: m.group().replace("5s", "1m")),
]


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob("*.yaml"):
        old.unlink()
    for path in sorted((source / "live").glob("*.yaml")):
        text = path.read_text()
        for pattern, new in BACK:
            text = re.sub(pattern, new, text)
        (target / path.name).write_text(text)


main()
