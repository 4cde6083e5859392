"""The chapters' time: which ones need long experiments, and nbval under the limits, so that a hung cell is named."""

import re

import pytest
from clock import Clock
from nbval.plugin import IPyNbCell, NbCellError

clocks = {}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    chapters = {item.parent: item.parent.nb for item in items if isinstance(item, IPyNbCell)}
    long = {
        chapter
        for chapter, notebook in chapters.items()
        if any(re.search(r"store\.get\(|ledger\.evaluate\(", cell.source) for cell in notebook.cells)
    }
    for item in items:
        if item.parent in long:
            item.add_marker("long")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    if not isinstance(item, IPyNbCell) or item.parent.timed_out:
        return (yield)
    clock = clocks.setdefault(item.parent, Clock(item.path.stem))
    item.config.option.nbval_cell_timeout = clock.allowed(item.cell_num, item.cell.source)
    try:
        return (yield)
    except NbCellError as error:
        if item.parent.timed_out:
            raise NbCellError(item.cell_num, clock.verdict(), item.cell.source, error.inner_traceback) from None
        raise
