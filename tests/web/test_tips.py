"""What links show, by mouse and by keyboard, and permalinks, on the built book in a real browser."""

import json
import re
from pathlib import Path

import pytest

HTML = Path(__file__).parent.parent.parent / "_build" / "html"

#: A link in a chapter for each kind of target, and a word that its tip must show.
LINKS = {
    "theorem": ("pretraining/limits.html", "thm-single-task", "A single task teaches"),
    "equation": ("pretraining/shared-head.html", "equation-eq-error", "θ"),
    "citation": ("pretraining/setting.html", "back/references.html#", "Collins"),
    "term": ("pretraining/pseudo-contrastive.html", "term-head-step", "half of an iteration"),
}


@pytest.fixture
def open_page(visit):
    """Opens a page of the book from disk."""
    return lambda name, **options: visit((HTML / name).as_uri(), **options)


def link_of(page, kind):
    return page.locator(f"article a.internal[href*='{LINKS[kind][1].removeprefix('back/')}']").first


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("kind", LINKS)
def test_a_tip_shows_what_the_link_leads_to(open_page, kind, theme):
    """From disk, with nothing asked of the network; formulas set; legible; gone when the mouse has left."""
    page = open_page(LINKS[kind][0], theme=theme)
    tip = page.locator("#book-tip")
    assert not tip.is_visible()
    link = link_of(page, kind)
    link.hover()
    tip.wait_for(state="visible")
    page.wait_for_function("!document.querySelector('#book-tip').innerText.includes('\\\\(')")
    assert LINKS[kind][2] in tip.evaluate("tip => tip.innerText + tip.innerHTML")
    assert tip.locator("mjx-merror").count() == 0
    assert link.get_attribute("aria-describedby") == "book-tip"
    box, view = tip.bounding_box(), page.viewport_size
    assert box["x"] >= 0 and box["x"] + box["width"] <= view["width"]
    colours = tip.evaluate("tip => [getComputedStyle(tip).color, getComputedStyle(tip).backgroundColor]")
    assert contrast(*colours) >= 7, colours
    tip.hover()  # WCAG 1.4.13: the mouse may go there
    page.wait_for_timeout(500)
    assert tip.is_visible()
    page.mouse.move(0, 0)
    tip.wait_for(state="hidden")
    assert all(url.startswith(("file:", "data:", "blob:")) for url in page.requests)


def contrast(*colours):
    def light(colour):
        parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(light(colour) for colour in colours)
    return (high + 0.05) / (low + 0.05)


def test_the_keyboard_opens_a_tip_and_escape_closes_it(open_page):
    page = open_page(LINKS["theorem"][0])
    page.keyboard.press("Tab")  # from here on focus is the keyboard's
    link_of(page, "theorem").focus()
    page.locator("#book-tip").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.locator("#book-tip").wait_for(state="hidden")
    assert link_of(page, "theorem").evaluate("link => link === document.activeElement")


def test_a_touch_follows_the_link_and_opens_no_tip(open_page):
    page = open_page(LINKS["theorem"][0], has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    page.evaluate("addEventListener('click', event => event.preventDefault(), true)")
    link_of(page, "theorem").tap()
    page.wait_for_timeout(600)
    assert not page.locator("#book-tip").is_visible()


@pytest.mark.parametrize("selector", ["h2", ".proof .admonition-title", ".eqno", "figcaption"])
def test_permalinks_appear_with_mouse_and_keyboard(open_page, selector):
    page = open_page("pretraining/pseudo-contrastive.html")
    link = page.locator(f"article {selector} a.headerlink").first
    seen = "link => Number(getComputedStyle(link).opacity)"
    assert link.evaluate(seen) == 0
    page.keyboard.press("Tab")
    link.focus()
    assert link.evaluate("link => link === document.activeElement") and link.evaluate(seen) == 1
    link.blur()
    link.locator("xpath=..").hover()
    assert link.evaluate(seen) == 1


def test_a_page_without_mathjax_has_no_tip_with_a_formula():
    data = (HTML / "_static" / "tips-data.js").read_text()
    tips = json.loads(data.removeprefix("window.bookTips = ").removesuffix(";\n"))
    formulas = {name for name, tip in tips.items() if 'class="math' in tip}
    without = [page for page in HTML.rglob("*.html") if "tex-chtml" not in page.read_text()]
    assert formulas and without
    for page in without:
        for target, anchor in re.findall(r'internal" href="([^"#]*)#([^"]+)"', page.read_text()):
            aim = (page.parent / target).resolve().relative_to(HTML) if target else page.relative_to(HTML)
            assert f"{aim}#{anchor}" not in formulas, page
