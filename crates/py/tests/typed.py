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
