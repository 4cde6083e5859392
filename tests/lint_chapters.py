"""Lints of the pages: code budgets, alt texts, links, labels, citations, and whether each chapter has what it needs.

Each yields one line for each fault.

A chapter is prose with calls: its code stays within `BUDGET`, what is longer belongs into the package.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from pages import ROOT, Page, read, words

#: Code lines of a cell (median and 90th percentile), lines of a function, words of prose for each code line, and the
#: characters that stand in a line of a page 1280 pixels wide.
BUDGET = {"median": 6, "90th percentile": 18, "function": 10, "words": 8, "characters": 87}
NO_FINDING = re.compile(r"(a |the )?(plots?|figures?|graphs?|charts?|pictures?|images?|curves?|panels?)\b", re.I)
ALT_WORDS = 8
#: What a label is defined by: a target, a directive's option, a displayed formula, a cell's figure.
DEFINED = {
    "section": re.compile(r"^\(([\w-]+)\)=\s*$", re.M),
    "prf": re.compile(r"^:label: ([\w-]+)\s*$", re.M),
    "eq": re.compile(r"^\s*\$\$ \(([\w-]+)\)\s*$", re.M),
}
ROLES = {"eq": "eq", "prf:ref": "prf", "numref": "figure"}
ROLE = re.compile(r"\{(ref|eq|numref|prf:ref|cite(?::\w+)?)\}`(?:[^`<]*<)?([^`>]+)>?`")
LINK = re.compile(r"(?<!!)\[(?:[^\[\]`]|`[^`]*`|\[[^\]]*\])*\]\(([^()\s]+)\)")


def budgets(page: Page) -> Iterator[str]:
    """Cells that are too long on the whole, long functions, too little prose."""
    lengths = [len(cell.code) for cell in page.cells]
    if not lengths:
        return
    for name, share in (("median", 0.5), ("90th percentile", 0.9)):
        if (found := np.quantile(lengths, share)) > BUDGET[name]:
            yield f"{page}: {name} of {found:g} code lines in a cell; allowed: {BUDGET[name]}"
    for cell in page.cells:
        code = [line for line in cell.code if not line.startswith(("%", "!"))]
        for node in ast.walk(ast.parse("\n".join(code))):
            length = getattr(node, "end_lineno", 0) - getattr(node, "lineno", 0) + 1
            if isinstance(node, ast.FunctionDef) and length > BUDGET["function"]:
                yield f"{page}:{cell.line}: {node.name} has {length} lines; allowed: {BUDGET['function']}"
        shown = not {"remove-cell", "remove-input"} & set(cell.options.get("tags", []))
        for line in cell.code:
            if shown and len(line) > BUDGET["characters"]:
                yield f"{page}:{cell.line}: a code line of {len(line)} characters; allowed: {BUDGET['characters']}"
    if words(page) < BUDGET["words"] * sum(lengths):
        yield f"{page}: {words(page)} words for {sum(lengths)} code lines; allowed: {BUDGET['words']} words a line"


def alt_texts(page: Page) -> Iterator[str]:
    """Pictures without an alt text, or with one that names the axes instead of what was found."""
    for cell in page.cells:
        draws = any(re.search(r"\bplots\.(?!setup\b)\w+\(", line) for line in cell.code)
        alt = cell.picture.get("alt") or ""
        if (draws or cell.picture) and len(alt.split()) < ALT_WORDS:
            yield f"{page}:{cell.line}: alt text of {len(alt.split())} words; allowed: {ALT_WORDS} or more"
        if NO_FINDING.match(alt):
            yield f"{page}:{cell.line}: the alt text starts with what the picture is, not with what it shows: {alt}"


def _definitions(page: Page) -> Iterator[tuple[str, str]]:
    """(label, kind) of everything on a page that has one."""
    for kind, pattern in DEFINED.items():
        yield from ((label, kind) for label in pattern.findall("\n".join(page.text)))
    yield from ((cell.picture["name"], "figure") for cell in page.cells if "name" in cell.picture)


def _sources(page: Page) -> Iterator[tuple[int, str]]:
    """The lines that a reader sees: text without inline code that is no role, and captions."""
    for number, line in enumerate(page.text, 1):
        yield number, re.sub(r"(\{[\w:]+\}`[^`]*`)|`[^`]*`", r"\1", line)
    for cell in page.cells:
        yield cell.line, cell.picture.get("caption", "")


def _addresses(page: Page) -> Iterator[tuple[int, str, str]]:
    """(line, role, target) of every role and link; a link's role is empty."""
    for number, line in _sources(page):
        for role, targets in ROLE.findall(line):
            for target in targets.split(",") if role.startswith("cite") else [targets]:
                yield number, role.split(":")[0] if role.startswith("cite") else role, target.strip()
        yield from ((number, "", target) for target in LINK.findall(line))


def _linked_file(page: Page, target: str, labels: dict[str, str]) -> bool:
    """Whether a relative link leads to a file, and its anchor to a label."""
    path, _, anchor = target.partition("#")
    return (not path or (page.path.parent / path).exists()) and (not anchor or anchor in labels)


def references(pages: list[Page]) -> Iterator[str]:
    """Links and roles that lead nowhere, labels defined twice, figures that no text refers to."""
    found = [(label, kind, page) for page in pages for label, kind in _definitions(page)]
    labels = {label: kind for label, kind, _ in found}
    for label, times in Counter(label for label, _, _ in found).items():
        if times > 1:
            yield f"label {label} is defined {times} times"
    used = set()
    for page in pages:
        for cell in page.cells:
            if cell.picture and "name" not in cell.picture:
                yield f"{page}:{cell.line}: a figure without a name"
        for line, role, target in _addresses(page):
            if role == "cite" or re.match(r"(https?|mailto):", target):
                continue
            used.add(target)
            known = labels.get(target) == ROLES[role] if role in ROLES else target in labels
            if not known and (role or not _linked_file(page, target, labels)):
                yield f"{page}:{line}: {role or 'link'} leads nowhere: {target}"
    for label, kind, page in found:
        if kind == "figure" and label not in used:
            yield f"{page}: no text refers to the figure {label}"


def citations(pages: list[Page], bibliography: Path) -> Iterator[str]:
    """Cited keys that the bibliography lacks, and entries that nobody cites."""
    keys = Counter(re.findall(r"^@\w+\{([^,\s]+),", bibliography.read_text(encoding="utf-8"), re.M))
    cited = {(target, f"{page}:{line}") for page in pages for line, role, target in _addresses(page) if role == "cite"}
    yield from (f"{where}: {key} is not in {bibliography.name}" for key, where in sorted(cited) if key not in keys)
    yield from (f"{bibliography.name}: nobody cites {key}" for key in keys if key not in {key for key, _ in cited})
    yield from (f"{bibliography.name}: {key} stands {times} times" for key, times in keys.items() if times > 1)


def contents(toc: Path, pages: list[Page]) -> Iterator[str]:
    """Pages that the table of contents lacks, and entries without a page."""
    text = yaml.safe_dump(yaml.safe_load(toc.read_text(encoding="utf-8")))
    named = {f"{name}.md" for name in re.findall(r"(?:root|file): (\S+)", text)}
    there = {page.path.relative_to(ROOT / "book").as_posix() for page in pages}
    yield from (f"book/{name} is missing: {toc.name} names it" for name in sorted(named - there))
    yield from (f"{toc.name} lacks book/{name}: `- file: {name[:-3]}`" for name in sorted(there - named))


def _wanted(root: Path, code: str) -> Iterator[Path]:
    """The modules of the package that some code imports, by the files that must be there."""
    for node in ast.walk(ast.parse(re.sub(r"^[%!].*$", "", code, flags=re.M))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mtlcore."):
            home = root.joinpath(*(node.module or "").split("."))
            if not home.is_dir():
                yield home.with_suffix(".py")
            elif not (home / "__init__.py").exists() or not (home / "__init__.py").read_text(encoding="utf-8"):
                yield from (home / f"{alias.name}.py" for alias in node.names if not (home / alias.name).is_dir())


def whole(root: Path) -> Iterator[str]:
    """What a part of the book lacks: for each chapter its page, its folder and what these import, named by file."""
    for contents in sorted(root.glob("mtlcore/*/contents.py")):
        code, part = contents.read_text(encoding="utf-8"), contents.parent
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.keyword) and node.arg == "chapters"]
        chapters = {ast.literal_eval(key) for call in calls for key in getattr(call.value, "keys", [])}
        homes = {chapter: part / chapter.replace("-", "_") for chapter in chapters}
        pages = {chapter: root / "book" / part.name / f"{chapter}.md" for chapter in chapters}
        files = [contents, *pages.values(), *(file for home in homes.values() for file in sorted(home.glob("*.py")))]
        needed = {path: f"{contents.relative_to(root)} has the chapter {c}" for c, path in pages.items()}
        needed |= {home / "__init__.py": "a folder without it is in no check of the imports" for home in homes.values()}
        for file in filter(Path.exists, files):
            text = file.read_text(encoding="utf-8")
            code = "\n".join(line for cell in read(file).cells for line in cell.code) if file.suffix == ".md" else text
            needed |= {path: f"{file.relative_to(root)} imports it" for path in _wanted(root, code)}
        for path, why in needed.items():
            if not path.exists():
                yield f"{path.relative_to(root)} is missing: {why}"
        for claims in sorted(part.glob("*/claims.py")):
            if claims.parent not in homes.values():
                chapter = claims.parent.name.replace("_", "-")
                yield f"{contents.relative_to(root)} lacks the chapter {chapter}: there is {claims.relative_to(root)}"
