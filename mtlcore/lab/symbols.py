"""From symbols to code: a part's table of argument names, and which of its mathematical modules use each."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd


def _names(tree: ast.Module) -> Iterator[str]:
    """The arguments of a module's public functions and methods, and the fields of its public classes."""
    public = [node for node in tree.body if not getattr(node, "name", "_").startswith("_")]
    for node in [inner for outer in public for inner in (outer, *getattr(outer, "body", []))]:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield from (argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.col_offset:
            yield node.target.id


@dataclass(frozen=True)
class SymbolTable:
    """A part's symbols.

    Attributes:
        rows: argument name, symbol in the text (empty if it has none), meaning.
        folder: the part's folder in the package.
        modules: its mathematical modules, as paths without suffix; "theory/*" is every module of a folder.
    """

    rows: tuple[tuple[str, str, str], ...]
    folder: Path
    modules: tuple[str, ...]

    def used(self) -> dict[str, set[str]]:
        """Every public argument and field of the mathematical modules, and the dotted names of those that have it."""
        found: dict[str, set[str]] = {}
        for path in (path for pattern in self.modules for path in sorted(self.folder.glob(f"{pattern}.py"))):
            module = path.relative_to(self.folder).with_suffix("").as_posix().replace("/", ".")
            for name in _names(ast.parse(path.read_text(encoding="utf-8"))):
                found.setdefault(name, set()).add(module)
        found.pop("self", None)
        return found

    def frame(self) -> pd.DataFrame:
        """One row for each argument: its symbol, its meaning, its name, and the modules that use it."""
        where = self.used()
        modules = [", ".join(f"`{module}`" for module in sorted(where.get(name, ()))) for name, _, _ in self.rows]
        symbols = [f"${symbol}$" if symbol else "" for _, symbol, _ in self.rows]
        meanings, names = [meaning for *_, meaning in self.rows], [f"`{name}`" for name, *_ in self.rows]
        return pd.DataFrame({"symbol": symbols, "meaning": meanings, "in the code": names, "modules": modules})

    def markdown(self) -> str:
        """The table for a page."""
        frame = self.frame()
        lines = [list(frame.columns), ["---"] * len(frame.columns), *frame.to_numpy().tolist()]
        return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
