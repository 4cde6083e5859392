"""Maps that can be asked: by pointer and by keyboard a cell says what its run says, and opens the playground."""

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from mtlcore.lab import store
from mtlcore.pretraining.regime_map.decays import DecayMap


@pytest.fixture
def opened(visit, html):
    """Opens the chapter; gives its page and the map of the weight decays."""

    def opened(**options):
        page = visit((html / "pretraining" / "regime-map.html").as_uri(), **options)
        figure = page.locator(".mtl-map").first
        figure.wait_for()
        page.wait_for_load_state("load")
        return page, figure

    return opened


def corner(figure):
    """Move to the lower left cell by keyboard."""
    field = figure.get_by_role("application")
    for key in ("ArrowLeft", "ArrowDown"):
        for _ in range(15):
            field.press(key)
    return field


def words(figure):
    """What is said of the cell."""
    return figure.locator(".mtl-map-words").inner_text()


def test_a_cell_says_what_its_run_says(opened):
    page, figure = opened()
    field, ds = corner(figure), store.get(DecayMap()).isel(iteration=-1)
    for column in range(3):
        cell = np.exp(np.log(ds.isel(lam_a=0, lam_w=column)).mean("trial"))
        said = dict(re.findall(r"(error|inside|outside) ([\d.]+\d)", words(figure)))
        assert all(abs(float(x) / float(cell[name]) - 1) < 0.06 for name, x in said.items()) and len(said) == 3
        assert f"Λ = {float(cell.Lambda):.2f}" in words(figure)
        field.press("ArrowRight")
    assert not page.complaints


def test_a_pointer_chooses_and_a_click_opens_the_playground_at_the_cell(opened):
    page, figure = opened()
    field = corner(figure)
    first, box = words(figure), field.bounding_box()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"])
    chosen = words(figure)
    assert chosen != first
    link = figure.get_by_role("link").get_attribute("href")
    lam_w, lam_a = (float(re.search(rf"\b{name}=([\d.]+)", link)[1]) for name in ("lam_w", "lam_a"))
    shown = [float(x) for x in re.findall(r"λ_[wa] = ([\d.]+\d)", chosen)]
    assert shown == pytest.approx([lam_w, lam_a], rel=0.06)
    page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.4 * box["height"])
    page.wait_for_url("**/playground.html#*")
    assert page.url.endswith(link)


def test_enter_opens_the_playground(opened):
    page, figure = opened()
    corner(figure).press("Enter")
    page.wait_for_url("**/playground.html#lam_w=0.005&lam_a=0.05&*")


def test_a_finger_chooses_without_leaving_the_page(opened):
    page, figure = opened(viewport={"width": 390, "height": 844}, has_touch=True)
    before = words(figure)
    figure.get_by_role("application").tap(position={"x": 60, "y": 250})
    assert words(figure) != before and "regime-map" in page.url


def test_without_scripts_the_pictures_remain(visit, html):
    page = visit((html / "pretraining" / "regime-map.html").as_uri(), script=False)
    assert not page.locator(".mtl-map").first.is_visible()
    assert page.locator(".bd-content figure img").count() >= 2


@pytest.mark.parametrize("scheme, width", [("light", 390), ("dark", 1280)])
def test_maps_are_accessible_and_no_wider_than_the_screen(opened, scheme, width):
    page, figure = opened(theme=scheme, viewport={"width": width, "height": 844})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    height = figure.bounding_box()["height"]
    corner(figure)
    assert figure.bounding_box()["height"] == height  # nothing moves
    found = Axe().run(page, context=".mtl-map", options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
