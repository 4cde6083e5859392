"""Lints of the package's docstrings and signatures. Each yields one line for each fault.

A public function says in a sentence what it is, what its result's axes are where the annotation does not name them, and
what it raises. An argument is described only when there is something to say beyond its annotation and the part's table
of symbols. No function has more than six parameters.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pages import BOOK, ROOT

PACKAGE = ROOT / "mtlcore"
#: The largest number of parameters, and how often one description of one argument may stand in the package.
MOST_PARAMETERS, MOST_REPEATS = 6, 2
Function = ast.FunctionDef | ast.AsyncFunctionDef
SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises|Source):(.*)$")
SENTENCE = re.compile(r"[.?!:]$")
ARRAY = re.compile(r"\b(Tensor|ndarray)\b")
SHAPED = re.compile(r"\b(Float|Int|Bool|Complex|Inexact|Shaped|Num)\[[^\]]*\]")
LABELLED = re.compile(r"\b(DataArray|Dataset)\b")
#: How a docstring gives a shape, the dimensions of labelled data, or the parts of a tuple.
SHAPE = re.compile(r"\bshapes? |\bscalar|\bsame shape|\([\w\s,*.^|+-]+,\)", re.I)
DIMENSIONS = re.compile(r"\bby |\bdimensions?\b|\bax[ie]s\b|\balong\b|\bdata sets? of\b|\(\w+(, \w+)+\)", re.I)
PARTS = re.compile(r"\([^()]+[,;] ")
#: What an annotation says already.
SHAPE_CLAUSE = re.compile(
    r"(float\d+ |int\d* |bool )?(array |tensor )?(,? ?(of |with )?shapes? \([^()]*\))+|^(array|tensor)$"
)


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


def gist(text: str) -> str:
    """A description without shapes, articles, capitals and its full stop."""
    text = SHAPE_CLAUSE.sub("", text.lower())
    return re.sub(r"\b(an?|the)\b ?", "", text).strip(" .,;")


@cache
def _trees(package: Path) -> dict[Path, ast.Module]:
    """The syntax tree of every module of a package."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py"))}


@cache
def _classes(package: Path) -> dict[str, ast.ClassDef]:
    """Every class of a package, by name."""
    bodies = (tree.body for tree in _trees(package).values())
    return {node.name: node for body in bodies for node in body if isinstance(node, ast.ClassDef)}


@cache
def _table(package: Path, part: str) -> dict[str, str]:
    """The gist of each name of a part's table of symbols; empty for what has no table."""
    tree = _trees(package).get(package / part / "symbols.py", ast.Module([], []))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "SYMBOLS":
            return {name: gist(meaning) for name, _, meaning in ast.literal_eval(node.value)}
    return {}


@cache
def _repeats(package: Path) -> Counter:
    """How many functions of a package describe an argument of one name in the same words."""
    functions = (node for tree in _trees(package).values() for node in ast.walk(tree) if isinstance(node, Function))
    described = (entries(sections(ast.get_docstring(node) or "").get("Args", "")) for node in functions)
    return Counter((name, gist(text)) for args in described for name, text in args.items())


def _empty(name: str, text: str, table: dict[str, str]) -> str:
    """Why a description says nothing; empty if it says something."""
    said = gist(text)
    if not said:
        return f"{name}: repeats the annotation"
    return f"{name}: says no more than the table of symbols" if said in table.get(name, "") else ""


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


def _spelled(annotation: ast.expr | None, tree: ast.Module) -> str:
    """An annotation with a module's own names for annotations replaced by what they stand for."""
    text = ast.unparse(annotation) if annotation else ""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = re.sub(rf"\b{node.targets[0].id}\b", lambda _, node=node: ast.unparse(node.value), text)
    return text


def _shapeless(annotation: str) -> bool:
    """Whether an annotation is of an array whose axes it does not name."""
    return bool(ARRAY.search(SHAPED.sub("", annotation)))


def _arguments(node: Function) -> list[ast.arg]:
    """A function's arguments, without self and cls."""
    spec = node.args
    named = [*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg]
    return [arg for arg in named if arg and arg.arg not in ("self", "cls")]


def _result(returns: str, first: str, text: str) -> str:
    """What the description of a result lacks; `first` is the docstring's first paragraph, `text` its Returns."""
    inside = re.sub(r"^(Iterator|Iterable|Generator)\[", "", returns)
    if returns == "None":
        return "Returns describes nothing" if text.strip() else ""
    if LABELLED.search(returns):
        return "" if DIMENSIONS.search(text) else "Returns lacks the dimensions"
    if _shapeless(returns):
        return "" if SHAPE.search(text) else "Returns lacks the shape"
    if inside.startswith("tuple[") and not inside.rstrip("]").endswith("..."):
        return "" if text.strip() or PARTS.search(first) else "Returns lacks the parts of the tuple"
    return ""


def _function(node: Function, tree: ast.Module, table: dict[str, str], repeats: Counter) -> Iterator[str]:
    """The faults of a public function's docstring."""
    parts = sections(ast.get_docstring(node) or "")
    first = parts[""].strip().split("\n\n")[0]
    if not SENTENCE.search(first):
        yield "its first paragraph is no sentence"
    if any(isinstance(mark, ast.Name) and mark.id == "property" for mark in node.decorator_list):
        return
    described, arguments = entries(parts.get("Args", "")), _arguments(node)
    for name in described.keys() - {arg.arg for arg in arguments}:
        yield f"{name}: no such argument"
    for name, text in described.items():
        if empty := _empty(name, text, table):
            yield empty
        elif repeats[name, gist(text)] > MOST_REPEATS:
            yield f"{name}: described in the same words {repeats[name, gist(text)]} times"
    for arg in arguments:
        if _shapeless(_spelled(arg.annotation, tree)) and not SHAPE.search(described.get(arg.arg, "")):
            yield f"{arg.arg}: neither the annotation nor the docstring gives its shape"
    returns = _spelled(node.returns, tree)
    if "[Finding]" not in returns or arguments:  # a claim's check or control: its sentence says what it finds
        if lacks := _result(returns, first, parts.get("Returns", parts.get("Yields", ""))):
            yield lacks
    if missing := _raised(node) - set(entries(parts.get("Raises", ""))):
        yield f"Raises lacks {', '.join(sorted(missing))}"


def _fields(node: ast.ClassDef) -> set[str]:
    """The fields that a class declares."""
    declared = [inner for inner in node.body if isinstance(inner, ast.AnnAssign) and isinstance(inner.target, ast.Name)]
    return {inner.target.id for inner in declared if "ClassVar" not in ast.unparse(inner.annotation)}


def _inherited(node: ast.ClassDef, known: dict[str, ast.ClassDef]) -> set[str]:
    """The fields that a class has from those of the known classes that it descends from."""
    above = [known[base.id] for base in node.bases if isinstance(base, ast.Name) and base.id in known]
    return set().union(*(_fields(one) | _inherited(one, known) for one in above))


def _class(node: ast.ClassDef, inherited: set[str], table: dict[str, str]) -> Iterator[str]:
    """The faults of a public class's docstring: its own fields, and what its constructor raises."""
    parts = sections(ast.get_docstring(node) or "")
    if not SENTENCE.search(parts[""].strip().split("\n\n")[0]):
        yield "its first paragraph is no sentence"
    described = entries(parts.get("Attributes", ""))
    if missing := _fields(node) - inherited - set(described) - set(table):
        yield f"Attributes lacks {', '.join(sorted(missing))}"
    yield from filter(None, (_empty(name, text, table) for name, text in described.items()))
    for inner in node.body:
        if isinstance(inner, Function) and inner.name in ("__init__", "__post_init__"):
            if missing := _raised(inner) - set(entries(parts.get("Raises", ""))):
                yield f"Raises lacks {', '.join(sorted(missing))}"


@cache
def _titles() -> tuple[str, ...]:
    """The titles of the book's pages."""
    texts = (path.read_text(encoding="utf-8") for path in BOOK.rglob("*.md"))
    return tuple(title[1] for text in texts if (title := re.search(r"^# (.+)$", text, re.M)))


def sources(path: Path) -> Iterator[str]:
    """Chapters that a module names and the book does not have; the beginning of a title is enough."""
    for names in re.findall(r'chapters? ("[^"]+"(?:(?:,| and) "[^"]+")*)', path.read_text(encoding="utf-8")):
        for name in re.findall('"([^"]+)"', names):
            if not any(title.startswith(name) for title in _titles()):
                yield f"{path.name}: no chapter {name!r}"


def docstrings(path: Path, package: Path = PACKAGE) -> Iterator[str]:
    """Faults in the docstrings of a module's public names; a class leaves out what one of the package's describes."""
    tree, part = _trees(package)[path], path.relative_to(package).parts[0]
    table, repeats, known = _table(package, part), _repeats(package), _classes(package)
    for node in tree.body:
        public = [node, *node.body] if isinstance(node, ast.ClassDef) else [node]
        if getattr(node, "name", "_").startswith("_"):
            continue
        for inner in public:
            if isinstance(inner, ast.ClassDef):
                faults = _class(inner, _inherited(inner, known), table)
            elif isinstance(inner, Function) and not inner.name.startswith("_"):
                faults = _function(inner, tree, table, repeats)
            else:
                continue
            yield from (f"{path.relative_to(package)}:{inner.lineno}: {inner.name}: {fault}" for fault in faults)


def signatures(path: Path, package: Path = PACKAGE) -> Iterator[str]:
    """Functions, private and nested ones too, with too many parameters, or one or a result without annotation."""
    for node in ast.walk(_trees(package)[path]):
        if isinstance(node, Function):
            where, arguments = f"{path.relative_to(package)}:{node.lineno}: {node.name}", _arguments(node)
            bare = [arg.arg for arg in arguments if arg.annotation is None]
            bare += ["return"] if node.returns is None else []
            if bare:
                yield f"{where}: no annotation for {', '.join(bare)}"
            if len(arguments) > MOST_PARAMETERS:
                yield f"{where}: {len(arguments)} parameters; allowed: at most {MOST_PARAMETERS}"


def share(package: Path = PACKAGE) -> float:
    """The share of a package's lines that are docstrings."""
    described = ast.Module | ast.ClassDef | Function
    nodes = [node for tree in _trees(package).values() for node in ast.walk(tree) if isinstance(node, described)]
    first = [node.body[0] for node in nodes if ast.get_docstring(node) is not None]
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in _trees(package))
    return sum(node.end_lineno - node.lineno + 1 for node in first) / lines
