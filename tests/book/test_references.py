"""References belong to their chapters, and go stale with what these depend on."""

import json

import nbformat
import pytest
import references
from references import REFERENCES, chapters, code, reference, source

PAGES = chapters()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_reference_belongs_to_its_chapter(page):
    stored = reference(page)
    assert stored.exists(), f"{page.name} has no reference: run `make references`"
    notebook = nbformat.read(stored, 4)
    assert code(notebook) == code(source(page)), f"{page.name} changed: run `make references`"
    # nbval compares nothing for a cell that stores no execution count
    counts = [cell.execution_count for cell in notebook.cells]
    assert counts == list(range(1, len(counts) + 1)), f"{page.name} was not run: run `make references`"
    for cell in notebook.cells:
        failed = any(output.output_type == "error" for output in cell.outputs)
        assert not failed or "raises-exception" in cell.metadata.get("tags", []), cell.source


def test_no_reference_without_a_chapter():
    assert set(REFERENCES.rglob("*.ipynb")) == {reference(page) for page in PAGES}


def test_a_reference_goes_stale_with_its_chapter_or_what_that_depends_on(tmp_path, monkeypatch):
    page = PAGES[0]
    now = source(page)
    asked = []

    def sources(name, text):
        asked.append((name, text))
        return "a state"

    monkeypatch.setattr(references, "REFERENCES", tmp_path)
    monkeypatch.setattr(references, "sources", sources)
    path = reference(page)
    assert references.stale(page)  # there is none
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(now, path)
    assert references.stale(page)  # of no state
    for state, stale in (("another", True), ("a state", False)):
        path.with_suffix(".json").write_text(json.dumps({"machine": None, "sources": state, "quantities": {}}))
        assert references.stale(page) == stale
    assert asked[-1][0] == page.relative_to(references.BOOK).with_suffix("").as_posix()
    assert now.cells[0].source in asked[-1][1]
    now.cells[0].source += "  # a remark"
    nbformat.write(now, path)
    assert references.stale(page)  # of another chapter
