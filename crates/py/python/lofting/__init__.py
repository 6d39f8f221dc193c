"""What a GitOps platform will decide, offline: Backstage, Argo CD and Argo Rollouts.

``lofting.health.assess(object=pod)``: one function for each operation of the wire, with
upstream's own keys as arguments. ``lofting.call(op, text)`` is the same as JSON text.
"""

from __future__ import annotations

import json as _json
from typing import Any

from . import _lofting
from ._operations import OPERATIONS as _OPERATIONS

__version__ = _lofting.__version__

_MISSING: Any = object()


class LoftingError(Exception):
    """The caller misused an operation, or upstream refuses it."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error.get("message", ""))
        self.code: str = error.get("code", "")
        self.message: str = error.get("message", "")
        self.location: dict[str, Any] | None = error.get("location")


class Answer(dict):  # type: ignore[type-arg]
    """A JSON object whose members are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class _Operation:
    """A namespace, an operation, or both (``lang.jq`` and ``lang.jq.paths``)."""

    def __init__(self, path: str) -> None:
        self._path = path
        if path in _OPERATIONS:
            self.__doc__, self._parameters = _OPERATIONS[path]

    def __call__(self, *arguments: Any, **members: Any) -> Any:
        if self._path not in _OPERATIONS:
            raise TypeError(f"{self._path} is no operation: {', '.join(name for name in _OPERATIONS if name.startswith(self._path + '.'))}")
        request = self._request(arguments, members)
        answer = _json.loads(_lofting.call(self._path, _json.dumps(request)), object_hook=Answer)
        if "error" in answer:
            raise LoftingError(answer["error"])
        return answer["ok"]

    def _request(self, arguments: tuple[Any, ...], members: dict[str, Any]) -> Any:
        if not self._parameters:
            return arguments[0] if arguments else members
        if len(arguments) > len(self._parameters):
            raise TypeError(f"{self._path}() takes {len(self._parameters)} arguments, not {len(arguments)}")
        request = dict(zip(self._parameters, arguments))
        for name, value in members.items():
            key = name[:-1] if name.endswith("_") else name
            if key in request:
                raise TypeError(f"{self._path}() got {key} twice")
            if key not in self._parameters:
                raise TypeError(f"{self._path}() has no argument {key}: {', '.join(self._parameters)}")
            request[key] = value
        return request

    def __repr__(self) -> str:
        return f"<lofting.{self._path}>"


def call(op: str, input: str) -> str:
    """Answers a request given as JSON text with ``{"ok": …}`` or ``{"error": …}`` as JSON text."""
    return _lofting.call(op, input)


def operations() -> list[str]:
    """The names of the operations."""
    return list(_OPERATIONS)


def pins() -> dict[str, Any]:
    """The upstream releases that are modelled."""
    result: dict[str, Any] = _json.loads(_lofting.pins())
    return result


def _grow() -> None:
    for path in _OPERATIONS:
        parts = path.split(".")
        here = globals().setdefault(parts[0], _Operation(parts[0]))
        for depth, part in enumerate(parts[1:], 2):
            if part not in vars(here):
                setattr(here, part, _Operation(".".join(parts[:depth])))
            here = vars(here)[part]


_grow()
