"""Small pictures say what the numbers say."""

import re
from html.parser import HTMLParser

import numpy as np

from mtlcore.lab.thumbnails import MARGIN, WIDTH, Card, Cards, picture

ROWS = {"old <b>": np.array([0.2, 1.0]), "new": np.array([0.0, 0.5, 2.0])}


def test_dots_stand_where_their_numbers_are_from_left_to_right():
    drawn = picture(ROWS)
    dots = [(kind, float(x)) for kind, x in re.findall(r'circle class="(\w+)" cx="([\d.]+)"', drawn)]
    line = WIDTH - 2 * MARGIN
    assert dots[:2] == [("old", round(MARGIN + 0.2 * line, 1)), ("old", MARGIN + line)]
    assert dots[2:] == [("new", MARGIN), ("new", MARGIN + line / 2), ("new", MARGIN + line)]  # the last is off the line


def test_the_label_says_the_ranges_and_no_text_is_taken_for_markup():
    card = Card("a & b", "words", "page.html#x", ROWS)
    page = Cards([card], "what <i> a dot is")._repr_html_()
    labels = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            assert tag in {"div", "a", "b", "svg", "text", "line", "circle", "span", "p"}
            labels.append(dict(attributes).get("aria-label"))

    Reader().feed(page.replace("&lt;b&gt;", ""))
    assert "<b>old" not in page and "a &amp; b" in page and "&lt;i&gt;" in page
    assert 'aria-label="old &lt;b&gt;: 0.20 to 1.00; new: 0.00 to 2.00"' in page
    assert any(labels)
