"""A page of the book, taken apart for the lints: its code cells, and its text with the line of every word."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"


@dataclass(frozen=True)
class Cell:
    """A code cell: where its fence opens, its options, and its code without blank lines."""

    line: int
    options: dict
    header: list[str]
    code: list[str]

    @property
    def picture(self) -> dict:
        """Its figure's name and caption and its image's alt text, as far as they are there."""
        shown = self.options.get("mystnb", {})
        return shown.get("figure", {}) | shown.get("image", {})


@dataclass
class Page:
    """A page: the numbered lines of its text, blank where code or front matter stands, and its code cells."""

    path: Path
    text: list[str] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.name


def _cell(line: int, body: list[str]) -> Cell:
    """The cell whose fence opens at `line`."""
    header: list[str] = []
    if body and body[0] == "---":
        end = body.index("---", 1)
        header, body = body[1:end], body[end + 1 :]
        options = yaml.safe_load("\n".join(header)) or {}
    else:
        while body and (option := re.fullmatch(r":([\w-]+):(.*)", body[0])):
            header.append(f"{option[1]}:{option[2]}")
            body = body[1:]
        options = yaml.safe_load("\n".join(header)) or {}
    return Cell(line, options, header, [row for row in body if row.strip()])


def read(path: Path) -> Page:
    """Take a page apart."""
    page, rows = Page(path), path.read_text(encoding="utf-8").splitlines()
    start = rows.index("---", 1) + 1 if rows[:1] == ["---"] else 0
    page.text += [""] * start
    fence: tuple[int, str, list[str]] | None = None  # line, kind and content of the open code fence
    for number, row in enumerate(rows[start:], start + 1):
        if fence and not re.fullmatch(r"```+", row):
            fence[2].append(row)
        elif fence:
            if fence[1] == "{code-cell}":
                page.cells.append(_cell(fence[0], fence[2]))
            fence = None
        elif opens := re.fullmatch(r"```+(?!\{(?:prf:|bibliography))(\{[\w-]+\}|\w+).*", row):
            fence = number, opens[1], []
        else:
            page.text.append(row)
            continue
        page.text.append("")
    return page


def pages() -> list[Page]:
    """Every page of the book."""
    return [read(path) for path in (BOOK / "index.md", *sorted(BOOK.glob("[!_]*/*.md")))]


def words(page: Page) -> int:
    """Words of prose: the text without directives' own lines, displayed mathematics, and signs that are no word."""
    text = re.sub(r"\$\$.*?\$\$", " ", "\n".join(page.text), flags=re.S)
    text = re.sub(r"^(:::+.*|```+.*|:[\w-]+:.*|\([\w-]+\)=)$", " ", text, flags=re.M)
    text += " ".join(cell.picture.get("caption", "") for cell in page.cells)
    return len(re.findall(r"\S*[^\W_]\S*", text))
