"""What every handle does: it is opened, asked, and closed."""

from __future__ import annotations

import json
from typing import Any

from . import _lofting
from ._answer import LoftingError, opened, request


class Handle:
    """State that is kept between questions. Usable from many threads, and in a ``with`` block."""

    _kind = ""
    _opening: tuple[str, ...] = ()

    def __init__(self, *arguments: Any, **members: Any) -> None:
        text = request(type(self).__name__, self._opening, arguments, members)
        try:
            self._native = _lofting.Handle(self._kind, text)
        except ValueError as refused:
            raise LoftingError(json.loads(str(refused))["error"]) from None

    def _ask(self, op: str, parameters: tuple[str, ...], arguments: tuple[Any, ...], members: dict[str, Any]) -> Any:
        return opened(self._native.call(op, request(op, parameters, arguments, members)))

    def close(self) -> None:
        """Frees what is kept; questions that are being answered still are. Closing again does nothing."""
        self._native.close()

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._native.closed

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<lofting.{type(self).__name__}{' (closed)' if self.closed else ''}>"
