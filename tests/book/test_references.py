import nbformat
import pytest
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
