"""Reads criterion's and Go's lines, mixed, and prints a table of the least time of each side."""

import re
import sys

UNITS = {"ns": 1e-3, "µs": 1.0, "ms": 1e3, "s": 1e6}
OURS = re.compile(r"time:\s+\[\S+ \S+ (\S+) (\S+) ")
THEIRS = re.compile(r"(\S+)\s+(\d+) ns/op")


def shown(micros: float) -> str:
    """A time with three digits."""
    return f"{micros * 1e3:.3g} ns" if micros < 1 else f"{micros:.3g} µs" if micros < 1e3 else f"{micros / 1e3:.3g} ms"


ours: dict[str, list[float]] = {}
theirs: dict[str, list[float]] = {}
name = ""
for line in sys.stdin:
    if line.startswith("core/"):
        name = line.split()[0].removeprefix("core/")
    if found := OURS.search(line):
        ours.setdefault(name, []).append(float(found[1]) * UNITS[found[2]])
    elif found := THEIRS.match(line):
        theirs.setdefault(found[1], []).append(float(found[2]) / 1e3)
print("| input | ours | upstream | ratio |\n|---|---:|---:|---:|")
for name in sorted(ours.keys() & theirs.keys()):
    least, most = min(ours[name]), min(theirs[name])
    print(f"| {name} | {shown(least)} | {shown(most)} | {most / least:.1f} |")
