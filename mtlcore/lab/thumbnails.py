"""Cards with a small picture each: numbers between 0 and 1 as dots on a line, in the page's own colours."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

WIDTH, ROW, MARGIN = 240, 26, 8


@dataclass(frozen=True, repr=False)
class Card:
    """A card that leads to a page.

    Attributes:
        title: what it says, in bold.
        words: a sentence below the picture.
        link: the page's address, from the page that shows the card.
        rows: numbers from 0 to 1 by what they are of, the last of them in the colour of what is new.
    """

    title: str
    words: str
    link: str
    rows: Mapping[str, np.ndarray]

    def _repr_html_(self) -> str:
        title, words, link = (html.escape(text) for text in (self.title, self.words, self.link))
        return f'<a class="mtl-card" href="{link}"><b>{title}</b>{picture(self.rows)}<span>{words}</span></a>'


@dataclass(frozen=True, repr=False)
class Cards:
    """Several cards, side by side where there is room.

    Attributes:
        cards: the cards in their order.
        under: what the dots are, in a sentence below the cards.
    """

    cards: list[Card]
    under: str

    def _repr_html_(self) -> str:
        inside = "".join(card._repr_html_() for card in self.cards)
        return f'<div class="mtl-cards" data-use="draw hero">{inside}</div><p>{html.escape(self.under)}</p>'


def picture(rows: Mapping[str, np.ndarray]) -> str:
    """A line of dots for each row, as SVG; what it says in words is its label.

    Args:
        rows: numbers from 0 to 1, shape (dot,), by their name.
    """
    parts, said = [], []
    for k, (name, values) in enumerate(rows.items()):
        y, kind = ROW * (k + 1) - 6, "new" if k == len(rows) - 1 else "old"
        parts.append(f'<text x="{MARGIN}" y="{y - 8}">{html.escape(name)}</text>')
        parts.append(f'<line x1="{MARGIN}" x2="{WIDTH - MARGIN}" y1="{y}" y2="{y}"/>')
        places = MARGIN + (WIDTH - 2 * MARGIN) * np.clip(values, 0, 1)
        parts += [f'<circle class="{kind}" cx="{x:.1f}" cy="{y}" r="4"/>' for x in places]
        said.append(f"{name}: {np.min(values):.2f} to {np.max(values):.2f}")
    label, height = html.escape("; ".join(said)), ROW * len(rows)
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(parts)}</svg>'
