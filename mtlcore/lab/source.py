"""The code behind an experiment: what its numbers depend on besides its configuration.

Followed are the imports of the experiment's own module, through the package and through modules of the user's that lie
beside it; installed packages count with their version. What no experiment imports (findings, claims, pictures, the
store) is not among it.
"""

import ast
import functools
import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from mtlcore.lab.experiment import Experiment

PACKAGE = Path(__file__).parent.parent
INSTALLED = {"site-packages", "dist-packages"}


@functools.lru_cache(maxsize=512)
def _bare(path: Path, changed: int) -> tuple[str, ast.Module]:
    """A file's `bare_code` with its text; parsed once for each time that the file was changed."""
    tree = bare_code(path.read_text(encoding="utf-8"))
    return ast.unparse(tree), tree


def bare_code(text: str) -> ast.Module:
    """A module without what can't change a number: comments, docstrings and functions' annotations."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree


def module_file(name: str) -> Path | None:
    """The source file of a module of the package or of the user's; None where it has none, or is installed."""
    top, *parts = name.split(".")
    if top == PACKAGE.name:
        path = PACKAGE.joinpath(*parts)
        return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if parts and file.exists()), None)
    origin = getattr(sys.modules.get(name), "__file__", None)
    if origin is None:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, AttributeError, ValueError):  # a name in a module, not a module
            return None
        origin = spec.origin if spec else None
    path = Path(origin) if origin and origin.endswith(".py") else None
    return path if path and not INSTALLED & set(path.parts) else None


def imported(name: str, tree: ast.Module, is_package: bool) -> Iterator[str]:
    """Every dotted name that a module may import, modules and names in modules alike."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (base, *(f"{base}.{alias.name}" for alias in node.names))


def sources(experiment: Experiment) -> tuple[dict[str, str], set[str]]:
    """The modules behind an experiment.

    Returns:
        (the bare code of each module of the package or of the user's, by name; the installed top-level modules).

    Raises:
        ValueError: if the experiment's class has no source file, so that no key could tell when it changes.
    """
    home = type(experiment).__module__
    if module_file(home) is None:
        raise ValueError(
            f"{type(experiment).__name__} is defined in {home}, which has no source file; "
            "allowed: a module or a script, so that a record's key sees its code"
        )
    code: dict[str, str] = {}
    installed, todo = set(), [home]
    while todo:
        name = todo.pop()
        top = name.split(".")[0]
        if name in code or top in sys.stdlib_module_names and top != "__main__":
            continue
        path = module_file(name)
        if path is not None:
            code[name], tree = _bare(path, path.stat().st_mtime_ns)
            todo += imported(name, tree, path.stem == "__init__")
        elif top != PACKAGE.name and module_file(top) is None:
            installed.add(top)
    return code, installed


@functools.cache
def _distributions() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def versions(installed: set[str]) -> dict[str, str]:
    """The versions of Python and of the packages that bring these top-level modules, by the packages' names."""
    packages = sorted({package for module in installed for package in _distributions().get(module, [])})
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in packages}
