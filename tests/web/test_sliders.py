"""Pictures with a slider: moved by keyboard, they say what the stored runs say."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from mtlcore.lab import store
from mtlcore.pretraining.downstream.dimensions import Dimensions
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.representation.task_count import TaskCount


@pytest.fixture
def opened(visit, html):
    """Opens a chapter; gives its page and the first picture with a slider."""

    def opened(chapter, **options):
        page = visit((html / "pretraining" / f"{chapter}.html").as_uri(), **options)
        figure = page.locator(".mtl-slider").first
        figure.wait_for()
        return page, figure

    return opened


def step_through(figure):
    """What the words are at each value, from the first on."""
    slider = figure.get_by_role("slider")
    slider.press("Home")
    words = [figure.locator(".mtl-slider-words").inner_text()]
    for _ in range(int(slider.get_attribute("max"))):
        slider.press("ArrowRight")
        words.append(figure.locator(".mtl-slider-words").inner_text())
    return words


def test_the_error_curves_end_where_the_runs_do(opened):
    page, figure = opened("representation")
    last = store.get(TaskCount()).error.isel(iteration=-1).mean("trial")
    for T, words in zip(last["T"].values, step_through(figure), strict=True):
        ends = [
            f"{setting}: {float(f'{float(last.sel(T=T, setting=setting)):.3g}'):.2g}"
            for setting in ("stated", "robust")
        ]
        assert words.startswith(f"T = {T}.") and all(end in words for end in ends), (words, ends)
    assert not page.complaints


def test_the_matrices_have_the_energy_of_the_runs(opened):
    page, figure = opened("pseudo-contrastive")
    energy = store.get(ContrastiveMatrix()).energy.isel(trial=0)
    for T, words in zip(energy["T"].values, step_through(figure), strict=True):
        for law in energy.law.values:
            said = int(words.split(f"{law}: ")[1].split("%")[0])
            assert abs(said - 100 * float(energy.sel(T=T, law=law))) < 1.5, (T, law, words)
    assert not page.complaints


def test_the_bars_have_the_accuracy_of_the_runs(opened):
    page, figure = opened("downstream")
    accuracy = store.get(Dimensions()).accuracy.mean(("trial", "parity")).sel(snapshot=500)
    for d, words in zip(accuracy.d.values, step_through(figure), strict=True):
        assert words.startswith(f"d = {d}.")
        for name in ("random", "oracle"):
            said = float(re.search(rf"\b{name} (\d\.\d+)", words)[1])
            assert abs(said - float(accuracy.sel(d=d, representation=name))) < 1e-3, (d, name, words)
    assert not page.complaints


@pytest.mark.parametrize("scheme, width", [("light", 390), ("dark", 1280)])
def test_sliders_are_accessible_and_no_wider_than_the_screen(opened, scheme, width):
    size = {"width": width, "height": 844}
    page, figure = opened("representation", theme=scheme, viewport=size)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    found = Axe().run(page, context=".mtl-slider", options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()
