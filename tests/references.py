"""Reference notebooks: the code of every chapter with what it printed, for nbval to compare with.

python tests/references.py            re-run the chapters that changed, or whose package did
python tests/references.py --all      re-run all of them
python tests/references.py setting    re-run these
"""

import os
import sys
from pathlib import Path

import jupytext
import nbformat
import yaml
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
REFERENCES = ROOT / "tests" / "references"

# What nbval is not to compare: pictures, and the unrounded numbers that a page glues into its prose.
NOT_COMPARED = (
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "application/pdf",
    "application/papermill.record/text/plain",
)


def chapters(toc: Path = ROOT / "_toc.yml") -> list[Path]:
    """The executable pages named in the table of contents."""

    def walk(node):
        if isinstance(node, dict):
            yield from (BOOK / f"{node[key]}.md" for key in ("root", "file") if key in node)
            node = list(node.values())
        if isinstance(node, list):
            for item in node:
                yield from walk(item)

    pages = walk(yaml.safe_load(toc.read_text(encoding="utf-8")))
    return [page for page in pages if "{code-cell}" in page.read_text(encoding="utf-8")]


def reference(page: Path) -> Path:
    """Where the reference of a chapter is stored."""
    return REFERENCES / page.relative_to(BOOK).with_suffix(".ipynb")


def source(page: Path) -> nbformat.NotebookNode:
    """The code cells of a chapter with their tags, as a notebook that was not run."""
    cells = []
    for cell in jupytext.read(page).cells:
        if cell.cell_type == "code":
            tags = {"tags": list(cell.metadata.tags)} if cell.metadata.get("tags") else {}
            cells.append(nbformat.v4.new_code_cell(cell.source, id=f"cell-{len(cells)}", metadata=tags))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def code(notebook: nbformat.NotebookNode) -> list[tuple[str, list[str]]]:
    """What a reference and its chapter must have in common."""
    return [(cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]


def execute(page: Path) -> nbformat.NotebookNode:
    """Run a chapter and keep what nbval compares."""
    notebook = source(page)
    folder = {"metadata": {"path": str(reference(page).parent)}}
    NotebookClient(notebook, timeout=3600, kernel_name="python3", resources=folder).execute()
    notebook.metadata = source(page).metadata
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.outputs:
            for mime in NOT_COMPARED:
                output.get("data", {}).pop(mime, None)
    return notebook


def stale(page: Path) -> bool:
    """Whether a chapter or the package changed after its reference was written."""
    stored = reference(page)
    if not stored.exists() or code(nbformat.read(stored, 4)) != code(source(page)):
        return True
    return stored.stat().st_mtime < max(file.stat().st_mtime for file in (ROOT / "mtlcore").rglob("*.py"))


def main(arguments: list[str]) -> None:
    """Renew the references that need it, and drop those without a chapter."""
    os.environ["TQDM_DISABLE"] = "1"
    pages = chapters()
    if unknown := set(arguments) - {"--all"} - {page.stem for page in pages}:
        sys.exit(f"no executable chapter named {', '.join(sorted(unknown))}")
    for stray in set(REFERENCES.rglob("*.ipynb")) - {reference(page) for page in pages}:
        stray.unlink()
        print("removed", stray.relative_to(ROOT))
    for page in pages:
        if page.stem in arguments or "--all" in arguments or not arguments and stale(page):
            reference(page).parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(execute(page), reference(page))
            print("wrote", reference(page).relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
