#!/usr/bin/env python3
"""Findings of a platform repository for CI, new ones only if there is a base to compare with."""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import lofting


def texts(root: pathlib.Path) -> Iterator[dict[str, str]]:
    """Every text file, as the wire takes it."""
    for path in sorted(root.rglob("*")):
        if ".git" in path.parts or not path.is_file():
            continue
        try:
            yield {"path": path.relative_to(root).as_posix(), "text": path.read_text(encoding="utf-8")}
        except UnicodeDecodeError:
            continue


def findings(root: pathlib.Path) -> list[Any]:
    """What is worth a warning."""
    if not root.is_dir():
        raise SystemExit(f"{root}: there is no such directory")
    with lofting.Platform(files=list(texts(root))) as platform:
        return [finding for finding in platform.preview().diagnostics if finding.severity != "info"]


def key(finding: Any) -> tuple[str, str, str]:
    """What makes two findings the same, wherever the line has moved."""
    location = finding.get("location") or {}
    return finding.code, location.get("file", ""), finding.message


def line(finding: Any, root: pathlib.Path, form: str) -> str:
    """One finding for people, or as a workflow command."""
    location = finding.get("location") or {}
    file = (root / location["file"]).as_posix() if location else root.as_posix()
    if form == "github":
        place = f"file={file},line={location.get('line', 1)},col={location.get('column', 1)}"
        message = finding.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
        return f"::{finding.severity} {place},title={finding.code}::{message}"
    place = f"{file}:{location['line']}:{location['column']}" if location else file
    return f"{place}: {finding.severity}: {finding.message} [{finding.code}]"


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when something counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path, help="the platform's directory")
    parser.add_argument("--base", type=pathlib.Path, help="another checkout: only what is new since then counts")
    parser.add_argument("--format", choices=["text", "github"], default="text")
    options = parser.parse_args(arguments)
    try:
        found = findings(options.root)
        known = {key(finding) for finding in findings(options.base)} if options.base else set()
    except lofting.LoftingError as error:
        print(f"{options.root}: {error.message}", file=sys.stderr)
        return 2
    except SystemExit as error:
        print(error, file=sys.stderr)
        return 2
    fresh = [finding for finding in found if key(finding) not in known]
    for finding in fresh:
        print(line(finding, options.root, options.format))
    print(f"{len(fresh)} findings{f', {len(found) - len(fresh)} known from {options.base}' if options.base else ''}", file=sys.stderr)
    return 1 if fresh else 0


if __name__ == "__main__":
    raise SystemExit(main())
