"""The package reference of a part's chapters, found rather than listed.

The line {chapter-modules} of a page in a part's folder becomes a section for each chapter of the table of contents that
has a folder in the package: its experiments by name, then its findings, claims and plots.
"""

from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent.parent
LINE = "{chapter-modules}\n"
#: What is made of the experiments comes behind them.
LAST = ("findings", "claims", "plots")


def modules(folder: Path) -> list[str]:
    """The names of a folder's modules in the order of the reference."""
    names = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    return sorted(names, key=lambda name: (LAST.index(name) if name in LAST else -1, name))


def section(page: Path, package: str, names: list[str]) -> str:
    """One chapter: the title of its page, and every module of its folder."""
    title = next(line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
    entries = [
        f"### `{package}.{name}`\n\n```{{eval-rst}}\n.. automodule:: {package}.{name}\n   :members:\n```\n"
        for name in names
    ]
    return "\n".join([f"#{title}\n\nCalled by the chapter []({page.name}).\n", *entries])


def expanded(page: str, text: str, root: Path = ROOT) -> str:
    """The text of a page such as "pretraining/api-chapters" with the sections of its part's chapters."""
    if LINE not in text:
        return text
    sections = []
    for chapter in parse_toc_yaml(root / "_toc.yml"):
        folder = root / "mtlcore" / chapter.replace("-", "_")
        if Path(chapter).parent == Path(page).parent and folder.is_dir():
            package = ".".join(folder.relative_to(root).parts)
            sections.append(section(root / "book" / f"{chapter}.md", package, modules(folder)))
    return text.replace(LINE, "\n".join(sections))


def _read(app, page, source):
    source[0] = expanded(page, source[0])


def setup(app):
    """Register the extension with Sphinx."""
    app.connect("source-read", _read)
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}
