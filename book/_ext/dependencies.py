"""What a page depends on in the package, so that a change in one part runs only that part's chapters again.

A page in a part's folder depends on the foundation, on its part, and on every part that these or the page itself
import, and so on; any other page depends on the whole package.
"""

import hashlib
import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+mtlcore\b(?:[^\n(]|\([^)]*\))*", re.M)


def package() -> Path:
    """The package's folder."""
    return Path(importlib.util.find_spec("mtlcore").origin).parent


def imported(texts: Iterable[str], parts: set[str]) -> set[str]:
    """The parts that some code imports: those whose names stand in its import statements."""
    return {word for text in texts for line in IMPORT.findall(text) for word in re.findall(r"\w+", line)} & parts


def modules(page: str, code: str) -> Iterator[Path]:
    """The modules that a page such as "pretraining/steps" depends on; its own code names more parts than its folder."""
    root = package()
    parts = {file.parent.name for file in root.glob("*/contents.py")}
    folder = page.partition("/")[0]
    if folder not in parts:
        yield from root.rglob("*.py")
        return
    yield root / "__init__.py"
    done, todo = set(), {"lab", folder} | imported([code], parts)
    while todo:
        done |= todo
        files = [file for name in todo for file in (root / name).rglob("*.py")]
        yield from files
        todo = imported((file.read_text(encoding="utf-8") for file in files), parts) - done


def sources(page: str, code: str) -> str:
    """Twelve digits that change with every change of a module which the page depends on."""
    root, digest = package(), hashlib.sha256()
    for file in sorted(modules(page, code)):
        digest.update(f"{file.relative_to(root).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
