"""How long a cell and a chapter may take, and what is said when one takes longer; the limits are in pyproject.toml."""

import time
import tomllib
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

LIMITS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mtlcore"]


class Clock:
    """The time that a chapter takes, from its first cell on."""

    def __init__(self, chapter: str):
        self.chapter, self.started = chapter, time.monotonic()

    def allowed(self, number: int, source: str) -> float:
        """Seconds that the next code cell may take; cells are counted from 0, as nbval does."""
        self.number, self.source = number, source
        self.left = max(self.started + LIMITS["chapter_seconds"] - time.monotonic(), 0.1)
        return min(LIMITS["cell_seconds"], self.left)

    def timeout_of(self, notebook: NotebookNode) -> Callable[[NotebookNode], float]:
        """The same as nbclient's `timeout_func`."""
        numbers = {id(cell): k for k, cell in enumerate(c for c in notebook.cells if c.cell_type == "code")}
        return lambda cell: self.allowed(numbers[id(cell)], cell.source)

    def verdict(self) -> str:
        """Which cell of which chapter exceeded which limit."""
        code = [line.strip() for line in self.source.splitlines() if line.strip() and not line.startswith("#")]
        what = "cell" if self.left > LIMITS["cell_seconds"] else "chapter"
        return (
            f"{self.chapter}, cell {self.number} (`{code[0] if code else ''}`): stopped, the {what} took longer than "
            f"{LIMITS[f'{what}_seconds']} seconds (limits: [tool.mtlcore] in pyproject.toml)"
        )
