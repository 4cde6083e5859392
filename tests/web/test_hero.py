"""The front page's picture: two networks train side by side, and say the same as the package."""

import json

import pytest

ERROR = "panel => Number(panel.querySelector('output').textContent)"


@pytest.fixture
def front(visit, html):
    def opened(**options):
        return visit((html / "index.html").as_uri(), **options)

    return opened


def at_the_end(page):
    page.wait_for_function("() => document.querySelector('.hero-words').textContent")
    return page.locator("#hero figure").evaluate_all(f"panels => panels.map({ERROR})")


def test_one_task_misses_what_64_find_as_in_the_package(front, html):
    page = front()
    declared = json.loads((html.parents[1] / "tests" / "references" / "index.json").read_text())["quantities"]
    expected = [declared[f"front.error[T={T}]"]["value"] for T in (1, 64)]
    one, many = at_the_end(page)
    assert abs(one - expected[0]) < 0.006 and abs(many - expected[1]) < 0.006
    assert page.locator("#hero figure[data-found]").count() == 1
    assert "One task: error 0.9" in page.locator(".hero-words").text_content()
    assert not page.complaints and all(url.startswith(("file:", "blob:")) for url in page.requests)


def test_it_can_be_seen_again(front):
    page = front()
    first = at_the_end(page)
    page.get_by_role("button", name="Replay").click()
    page.wait_for_function("() => Number(document.querySelector('.hero-bar output').textContent) < 200")
    assert at_the_end(page) == first


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_it_stands_on_the_first_screen(front, size):
    page = front(viewport=dict(zip(("width", "height"), size, strict=True)))
    box = page.locator("#hero").bounding_box()
    assert box["y"] + box["height"] < size[1] and box["x"] + box["width"] <= size[0]


def test_those_who_want_no_motion_see_the_end_at_once_and_without_scripts_a_still_picture(front):
    page = front(reduced_motion="reduce")
    at_the_end(page)
    assert page.locator(".hero-bar output").text_content() == "400"
    page = front(script=False)
    assert page.locator(".tag_hero-still img.only-light").is_visible()
    assert not page.locator("#hero").is_visible()
