"""Lints of the package's docstrings and annotations. Each yields one line for each fault.

A public function says in a sentence what it does, names every argument, what it returns and what it raises, and gives
the shape of every array, in words or in an annotation of jaxtyping.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pages import ROOT

Function = ast.FunctionDef | ast.AsyncFunctionDef
SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Source):(.*)$")
ARRAY = re.compile(r"\b(Tensor|ndarray)\b")
SHAPED = re.compile(r"\b(Float|Int|Bool|Complex|Inexact|Shaped|Num)\[")
LABELLED = re.compile(r"\b(DataArray|Dataset)\b")
#: How a docstring gives a shape, or the dimensions of labelled data.
SHAPE = re.compile(r"\bshapes? |\bscalar|\bsame shape|\([\w\s,*.^|+-]+,\)", re.I)
DIMENSIONS = re.compile(r"\bby |\bdimensions?\b|\bax[ie]s\b|\balong\b|\bdata sets? of\b|\(\w+(, \w+)+\)", re.I)


def sections(docstring: str) -> dict[str, str]:
    """A docstring's parts by their heading; what comes first stands under ""."""
    parts, name = {"": ""}, ""
    for line in docstring.splitlines():
        if heading := SECTION.match(line):
            name = heading[1]
            parts[name] = heading[2].strip()
        else:
            parts[name] += f"\n{line}"
    return parts


def entries(section: str) -> dict[str, str]:
    """The NAME: text of an Args, Attributes or Raises section; what is indented deeper belongs to the entry above."""
    found, name = {}, None
    for line in section.splitlines():
        if entry := re.match(r" {4}\*{0,2}([\w.]+): (.*)", line):
            name = entry[1]
            found[name] = entry[2]
        elif name and line.strip():
            found[name] += f" {line.strip()}"
    return found


def _raised(node: Function) -> set[str]:
    """The exceptions that a function raises itself, without those of functions inside it."""
    found, todo = set(), list(node.body)
    while todo:
        inner = todo.pop()
        if isinstance(inner, ast.Raise) and inner.exc is not None:
            raised = inner.exc.func if isinstance(inner.exc, ast.Call) else inner.exc
            found.add(ast.unparse(raised))
        if not isinstance(inner, Function | ast.ClassDef | ast.Lambda):
            todo += ast.iter_child_nodes(inner)
    return found - {"NotImplementedError"}


def _aliases(tree: ast.Module) -> dict[str, str]:
    """Names that a module gives to annotations."""
    return {
        node.targets[0].id: ast.unparse(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _shapeless(annotation: str, text: str, aliases: dict[str, str]) -> str:
    """What an argument's or a return's description lacks; empty if nothing."""
    for name, meaning in aliases.items():
        annotation = re.sub(rf"\b{name}\b", lambda _, meaning=meaning: meaning, annotation)
    if LABELLED.search(annotation) and not DIMENSIONS.search(text):
        return "its dimensions"
    bare = re.sub(r"\b(Float|Int|Bool|Complex|Inexact|Shaped|Num)\[[^\]]*\]", "", annotation)
    return "its shape" if ARRAY.search(bare) and not SHAPE.search(text) else ""


def _arguments(node: Function) -> list[ast.arg]:
    """A function's arguments, without self and cls."""
    spec = node.args
    named = [*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg]
    return [arg for arg in named if arg and arg.arg not in ("self", "cls")]


def _function(node: Function, aliases: dict[str, str]) -> Iterator[str]:
    """What a public function's docstring lacks."""
    parts = sections(ast.get_docstring(node) or "")
    first = parts[""].strip().split("\n\n")[0]
    if not re.search(r"[.?!:]$", first):
        yield "its first paragraph is no sentence"
    if any(isinstance(mark, ast.Name) and mark.id == "property" for mark in node.decorator_list):
        return
    described = entries(parts.get("Args", ""))
    named = {arg.arg: arg for arg in _arguments(node)}
    if list(described) != list(named):
        yield f"Args names {', '.join(described) or 'nothing'}; the arguments are {', '.join(named) or 'none'}"
    for name in described.keys() & named.keys():
        if lacks := _shapeless(ast.unparse(named[name].annotation or ast.Constant("")), described[name], aliases):
            yield f"{name}: the docstring lacks {lacks}"
    returns = ast.unparse(node.returns) if node.returns else ""
    text = parts.get("Returns", parts.get("Yields", ""))
    if not named and "[Finding]" in returns:
        return  # a claim's check or control: its sentence says what it finds
    if (returns == "None") == bool(text.strip()):
        yield f"Returns says {text.strip()!r}, the annotation {returns!r}"
    elif lacks := _shapeless(returns, text, aliases):
        yield f"Returns lacks {lacks}"
    raises = entries(parts.get("Raises", ""))
    if missing := _raised(node) - set(raises):
        yield f"Raises lacks {', '.join(sorted(missing))}"


def _fields(node: ast.ClassDef) -> set[str]:
    """The fields that a class declares."""
    declared = [inner for inner in node.body if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name)]
    return {inner.target.id for inner in declared if "ClassVar" not in ast.unparse(inner.annotation)}


def _class(node: ast.ClassDef, inherited: set[str]) -> Iterator[str]:
    """What a public class's docstring lacks: its own fields, and what its constructor raises."""
    parts = sections(ast.get_docstring(node) or "")
    if not re.search(r"[.?!:]$", parts[""].strip().split("\n\n")[0]):
        yield "its first paragraph is no sentence"
    described = entries(parts.get("Attributes", ""))
    if missing := _fields(node) - inherited - set(described):
        yield f"Attributes lacks {', '.join(sorted(missing))}"
    for inner in node.body:
        if isinstance(inner, Function) and inner.name in ("__init__", "__post_init__"):
            if missing := _raised(inner) - set(entries(parts.get("Raises", ""))):
                yield f"Raises lacks {', '.join(sorted(missing))}"


@cache
def _classes(package: Path) -> dict[str, ast.ClassDef]:
    """Every class of a package, by name."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py")))
    return {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}


def _inherited(node: ast.ClassDef, known: dict[str, ast.ClassDef]) -> set[str]:
    """The fields that a class has from those of the known classes that it descends from."""
    above = [known[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in known]
    return set().union(*(_fields(one) | _inherited(one, known) for one in above))


def docstrings(path: Path, package: Path = ROOT / "mtlcore") -> Iterator[str]:
    """Faults in the docstrings of a module's public names; a class leaves out what one of the package's describes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    where, aliases = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name, _aliases(tree)
    for node in tree.body:
        public = [node, *node.body] if isinstance(node, ast.ClassDef) else [node]
        if getattr(node, "name", "_").startswith("_"):
            continue
        for inner in public:
            if isinstance(inner, ast.ClassDef):
                faults = _class(inner, _inherited(inner, _classes(package)))
            elif isinstance(inner, Function) and not inner.name.startswith("_"):
                faults = _function(inner, aliases)
            else:
                continue
            yield from (f"{where}:{inner.lineno}: {inner.name}: {fault}" for fault in faults)


def annotations(path: Path) -> Iterator[str]:
    """Functions, private and nested ones too, with an argument or a result that has no annotation."""
    where = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            bare = [arg.arg for arg in _arguments(node) if arg.annotation is None]
            bare += ["return"] if node.returns is None else []
            if bare:
                yield f"{where}:{node.lineno}: {node.name}: no annotation for {', '.join(bare)}"
