"""The quantity check: nbval runs a chapter's cells and compares their text, this compares the numbers they declare."""

import pytest
from nbval.plugin import IPyNbCell
from references import NOT_COMPARED, declared, verdicts


def pytest_collection_modifyitems(items):
    for notebook in {item.parent for item in items if isinstance(item, IPyNbCell)}:
        notebook.skip_compare += NOT_COMPARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """After a cell ran, compare its numbers with those stored beside the chapter's reference."""
    result = yield
    if isinstance(item, IPyNbCell):
        records = {record["name"]: record for record in declared(item.test_outputs or [])}
        failed = [v for v in verdicts(records, item.path.with_suffix(".json"), item.cell_num) if not v.passed]
        if failed:
            lines = [f"chapter {item.path.stem}, cell {item.cell_num}: {verdict}" for verdict in failed]
            item.raise_cell_error("\n".join(["a declared number moved (`make references` renews it)", *lines]))
    return result
