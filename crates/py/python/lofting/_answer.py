"""Requests and answers: arguments to JSON text, JSON text to objects."""

from __future__ import annotations

import json
from typing import Any


class LoftingError(Exception):
    """The caller misused an operation, or upstream refuses it."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message", ""))
        self.code: str = error.get("code", "")
        self.message: str = error.get("message", "")
        self.location: dict[str, Any] | None = error.get("location")

    def __reduce__(self) -> tuple[Any, ...]:
        return LoftingError, ({"code": self.code, "message": self.message, "location": self.location},)


class Answer(dict):  # type: ignore[type-arg]
    """A JSON object whose members are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


LoftingError.__module__ = Answer.__module__ = "lofting"


def opened(text: str) -> Any:
    """What ``{"ok": …}`` holds; ``{"error": …}`` is raised."""
    answer = json.loads(text, object_hook=Answer)
    if "error" in answer:
        raise LoftingError(answer["error"])
    return answer["ok"]


def request(name: str, parameters: tuple[str, ...], arguments: tuple[Any, ...], members: dict[str, Any]) -> str:
    """The request as JSON text; an argument that the operation does not have is a ``TypeError``."""
    if len(arguments) > len(parameters):
        raise TypeError(f"{name}() takes {len(parameters)} arguments, not {len(arguments)}")
    found = dict(zip(parameters, arguments))
    for written, value in members.items():
        key = written[:-1] if written.endswith("_") else written
        if key in found:
            raise TypeError(f"{name}() got {key} twice")
        if key not in parameters:
            raise TypeError(f"{name}() has no argument {key}: {', '.join(parameters) or 'it takes none'}")
        found[key] = value
    return json.dumps(found)
