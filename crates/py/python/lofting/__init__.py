"""What a GitOps platform will decide, offline: Backstage, Argo CD and Argo Rollouts.

``lofting.health.assess(object=pod)``: one function for each operation of the wire, with
upstream's own keys as arguments. ``lofting.call(op, text)`` is the same as JSON text.
``with lofting.Catalog(files=files) as catalog:`` keeps what is read for many questions.
"""

from __future__ import annotations

import json as _json
from typing import Any

from . import _lofting
from ._answer import Answer as Answer
from ._answer import LoftingError as LoftingError
from ._answer import opened as _opened
from ._answer import request as _request
from ._handles import *  # noqa: F403 (the generated classes, named in its __all__)
from ._operations import OPERATIONS as _OPERATIONS

__version__ = _lofting.__version__


class _Operation:
    """A namespace, an operation, or both (``lang.jq`` and ``lang.jq.paths``)."""

    def __init__(self, path: str) -> None:
        self._path = path
        if path in _OPERATIONS:
            self.__doc__, self._parameters = _OPERATIONS[path]

    def __call__(self, *arguments: Any, **members: Any) -> Any:
        if self._path not in _OPERATIONS:
            raise TypeError(f"{self._path} is no operation: {', '.join(name for name in _OPERATIONS if name.startswith(self._path + '.'))}")
        if self._parameters:
            text = _request(self._path, self._parameters, arguments, members)
        else:
            text = _json.dumps(arguments[0] if arguments else members)
        return _opened(_lofting.call(self._path, text))

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
