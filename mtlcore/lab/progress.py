"""Progress of a computation: the code that works calls `advance`, whoever watches says what that does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_watcher: ContextVar[Callable[[], object]] = ContextVar("watcher", default=lambda: None)


def advance() -> None:
    """Say that one more step is done; nothing happens where nobody watches."""
    _watcher.get()()


@contextmanager
def watched(by: Callable[[], object]) -> Iterator[None]:
    """Have each step within the block call `by`."""
    token = _watcher.set(by)
    try:
        yield
    finally:
        _watcher.reset(token)
