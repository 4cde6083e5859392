"""Code as text: what of it can change a number, what it imports, and what a definition typed in a cell names."""

import ast
import hashlib
import linecache
import symtable
import sys
import types
from collections.abc import Iterator
from typing import Any, NoReturn


def digest(text: str | bytes) -> str:
    """16 hexadecimal digits of the SHA-256."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()[:16]


def bare_code(text: str) -> ast.Module:
    """A module without what can't change a number: comments, docstrings and functions' annotations."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree


def imported(name: str, tree: ast.AST, is_package: bool) -> Iterator[str]:
    """Every dotted name that a module may import, modules and names in modules alike."""
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (base, *(f"{base}.{alias.name}" for alias in node.names))


class Dotted(str):
    """A dotted name that a cell uses: a module, or a name in one."""


def own_functions(thing: Any) -> Iterator[types.FunctionType]:
    """A function, or the functions that a class's body defines, properties and class methods among them."""
    for one in vars(thing).values() if isinstance(thing, type) else (thing,):
        one = getattr(one, "fget", None) or getattr(one, "func", None) or getattr(one, "__func__", None) or one
        if isinstance(one, types.FunctionType):
            yield one


def in_a_cell(thing: Any) -> bool:
    """Whether a class or function was typed in a cell or at a prompt, not read from its module's file."""
    files = {one.__code__.co_filename for one in own_functions(thing)} - {
        "<string>"
    }  # a data class writes such methods
    typed = thing.__module__ == "__main__" and any(file.startswith("<") for file in files)
    return typed or not getattr(sys.modules.get(thing.__module__), "__file__", None)


def refuse(thing: Any) -> NoReturn:
    """Refuse a class or a function whose code can't be seen.

    Raises:
        ValueError: with this reason.
    """
    raise ValueError(
        f"{thing.__qualname__} is defined in {thing.__module__}, where its code can't be found; allowed: at the top of "
        "a module, a script or a notebook's cell, so that a record's key sees its code"
    )


def check_name(thing: Any) -> None:
    """Refuse a class or function that its module does not hold under its name."""
    found: Any = sys.modules.get(thing.__module__)
    for part in thing.__qualname__.split("."):
        found = getattr(found, part, None)
    if found is not thing:
        refuse(thing)


def definition(thing: Any) -> tuple[ast.AST, dict[str, Any]]:
    """Look up a class or function that was typed in a cell; refuse it if nobody kept its text.

    Returns:
        (its bare code; what names stand for there).
    """
    for function in own_functions(thing):
        text = "".join(linecache.getlines(function.__code__.co_filename))
        for node in reversed(bare_code(text).body):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == thing.__name__:
                return node, function.__globals__
    refuse(thing)


def scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """A scope and all within it."""
    yield table
    for inner in table.get_children():
        yield from scopes(inner)


def names(node: ast.AST, namespace: dict[str, Any]) -> dict[str, Any]:
    """What a definition names of the namespace around it, by name; of modules there also the dotted names."""
    table = symtable.symtable(ast.unparse(node), "cell", "exec")
    symbols = (symbol for scope in scopes(table) for symbol in scope.get_symbols() if symbol.is_referenced())
    free = {symbol.get_name() for symbol in symbols if symbol.is_global()} & namespace.keys()
    used = {name: namespace[name] for name in free}
    for one in ast.walk(node):
        first, *more = ast.unparse(one).split(".") if isinstance(one, ast.Attribute) else [""]
        if isinstance(used.get(first), types.ModuleType):
            used[".".join([first, *more])] = Dotted(".".join([used[first].__name__, *more]))
    return used
