#!/usr/bin/env python3
"""Choose the vectors that are committed: every Nth line of each file of the corpus that may be.

    pick_vectors.py CORPUS OUT [--bytes TOTAL]

Files named `real-*`, `health*` or with `upstream` in their names hold other projects' inputs and stay out.
"""

import argparse
import pathlib


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--bytes", type=int, default=8_000_000)
    args = parser.parse_args()
    files = [path for path in sorted(args.corpus.glob("*/*.jsonl")) if not path.name.startswith(("real-", "health")) and "upstream" not in path.name]
    share = args.bytes // len(files)
    for path in files:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if '"expect"' in line]
        # The smallest lines of each stretch: most rules for the bytes.
        step = max(1, len(lines) * 2 * (sum(map(len, lines)) // max(1, len(lines))) // (share * 2) or 1)
        chosen = []
        for start in range(0, len(lines), step):
            chosen.append(min(lines[start : start + step], key=len))
        target = args.out / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(chosen) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
