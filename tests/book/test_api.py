"""The package reference holds every module once: foundation and command line on one page, each part on its own."""

import re

import pytest
from pages import BOOK, ROOT

PAGES = {(path.parent.name, path.stem): path.read_text(encoding="utf-8") for path in BOOK.glob("*/api*.md")}
LISTED = {page: re.findall(r"^\.\. automodule:: (\S+)$", text, re.M) for page, text in PAGES.items()}
FILES = {path.relative_to(ROOT).with_suffix("") for path in (ROOT / "mtlcore").rglob("*.py")}
#: A folder's own file may be listed; it says what the folder is.
MODULES = {".".join(file.parts) for file in FILES if file.name != "__init__"}
FOLDERS = {".".join(file.parts[:-1]) for file in FILES if file.name == "__init__"}


def test_every_module_is_on_a_page_once():
    listed = [name for names in LISTED.values() for name in names]
    assert sorted(set(listed) - FOLDERS) == sorted(MODULES)
    assert len(listed) == len(set(listed)), sorted(listed)


@pytest.mark.parametrize("page", PAGES, ids="/".join)
def test_a_page_has_the_modules_of_its_part_under_their_names(page):
    homes = ("lab", "commands", "__main__") if page[0] == "back" else (page[0],)
    assert {name.split(".")[1] for name in LISTED[page]} == set(homes)
    assert re.findall(r"^##+ `(\S+)`$", PAGES[page], re.M) == LISTED[page]
