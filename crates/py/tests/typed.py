"""Checked by mypy --strict, never run: what the stubs promise."""

from __future__ import annotations

import lofting

health = lofting.health.assess(object={"kind": "Pod"})
if health is not None:
    status: str = health.status

names: list[str] = lofting.operations()
text: str = lofting.call("lang.quantity", "{}")

try:
    lofting.lang.quantity(text="1")
except lofting.LoftingError as error:
    code: str = error.code

with lofting.Catalog(entities=[]) as catalog:
    changes = catalog.diff(new=[]).changes
    closed: bool = catalog.closed
platform: lofting.Platform = lofting.Platform(files=[{"path": "a.yaml", "text": ""}])
number: int = platform.preview().tree.files
platform.close()
