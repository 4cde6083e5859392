"""Figure cards: the files to take hold the record's numbers, and colours for a dark page stand out on it."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))

import cards  # noqa: E402

from mtlcore.lab import drawing, part, store  # noqa: E402
from mtlcore.lab.comparisons import Finding  # noqa: E402
from mtlcore.pretraining import tasks  # noqa: E402
from mtlcore.pretraining.contents import PART  # noqa: E402
from mtlcore.pretraining.end_to_end.independence import Independence  # noqa: E402
from mtlcore.pretraining.fan_out.paths import FanOut  # noqa: E402
from mtlcore.pretraining.representation.skew import SKEWS, Skew  # noqa: E402
from mtlcore.pretraining.representation.task_count import TaskCount  # noqa: E402
from mtlcore.pretraining.shared_head.heads import SharedHead  # noqa: E402


class Own(SharedHead):
    """An experiment of another part."""


OTHER = part.Part("other", "Other", {"own": part.Chapter(lambda: [Own()], {Own: lambda ds: []})})
TINY = FanOut(trials=2, steps=4, every=2, samples=32)


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "store"))
    return cards.data_files(TINY, store.get(TINY), tmp_path / "files")


def test_csv_and_parquet_hold_every_value_and_the_json_is_the_record(files):
    ds = store.get(TINY)
    csv, parquet, record = pd.read_csv(files[0]), pd.read_parquet(files[1]), json.loads(files[2].read_text())
    assert record == json.loads(ds.attrs["record"]) and record["configuration"]["steps"] == 4
    assert list(csv.columns) == list(parquet.columns) and len(csv) == len(parquet) == sum(x.size for x in ds.values())
    for name, x in ds.items():
        for table, tolerance in ((parquet, 0), (csv, 1e-6)):
            rows = table[table.variable == name].set_index(list(x.dims))["value"]
            assert np.allclose(rows.to_xarray().transpose(*x.dims).reindex_like(x), x, rtol=tolerance, atol=0)


def test_files_of_a_record_are_written_once(files):
    files[0].write_text("kept")
    assert cards.data_files(TINY, store.get(TINY), files[0].parent) == files and files[0].read_text() == "kept"


def test_an_experiment_is_at_home_in_the_chapter_that_runs_it():
    assert part.home(SharedHead(), [PART]) == (PART, "shared-head")
    assert part.home(Independence(), [OTHER, PART]) == (PART, "end-to-end")
    for experiment, parts in ((TINY, [PART]), (SharedHead(), [OTHER])):
        with pytest.raises(ValueError, match="no chapter runs it"):
            part.home(experiment, parts)


def test_a_data_option_names_experiments_of_the_page_s_parts_only():
    assert part.evaluate("TaskCount(); Skew(trials=2)", [PART]) == [TaskCount(), Skew(trials=2)]
    assert part.evaluate("Own()", [PART, OTHER]) == part.evaluate("Own()", [OTHER]) == [Own()]
    for text, parts in (("open('x')", [PART]), ("Own()", [PART]), ("Skew()", [OTHER])):
        with pytest.raises(
            ValueError, match=rf"no chapter of {parts[0].name}/contents.py has {text.partition('(')[0]};"
        ):
            part.evaluate(text, parts)
    with pytest.raises(ValueError, match="two experiments have one name"):
        part.evaluate("Own()", [OTHER, OTHER])


def test_a_page_may_show_what_its_folder_s_part_has_and_the_front_page_everything(monkeypatch):
    parts = {"other": OTHER, "pretraining": PART}
    monkeypatch.setattr(part, "names", lambda: list(parts))
    monkeypatch.setattr(part, "load", parts.get)
    assert part.of_page("pretraining/steps") == [PART] and part.of_page("other/own") == [OTHER]
    assert part.of_page("index") == part.of_page("back/cost") == [OTHER, PART]


def test_agreement_counts_the_paper_s_statements_only():
    found = [Finding("", outcome, "", source) for outcome, source in [
        ("consistent", "paper"), ("consistent", "paper"), ("inconclusive", "paper"), ("inconsistent", "ours"),
    ]]  # fmt: skip
    assert cards.agreement(found) == "Comparisons with the paper's statement: 2 consistent, 1 inconclusive."
    with pytest.raises(ValueError, match="no finding is about the paper"):
        cards.agreement(found[-1:])


WITHOUT, WITH = "without the empty set", "with the empty set"
BADGES = {
    "contrastive-matrix": (WITHOUT, WITH),
    "recursion": (WITHOUT, WITH),
    "one-step": (WITHOUT, WITH),
    "phases": (WITHOUT, WITH),
    "scaling": (WITHOUT, WITH),
    "independence": (WITH,),
    "informative-task": (WITHOUT, WITH),
    "sampled-empty-set": (WITH,),
}


@pytest.mark.parametrize("experiment", PART.experiments(), ids=lambda one: one.name)
def test_a_badge_says_whether_the_empty_set_is_in(experiment):
    laws = {"contrastive-matrix": [*tasks.LAWS], "skew": [*SKEWS], "scaling": ["non-empty", WITH]}
    named = laws.get(experiment.name, [WITH, WITHOUT] if experiment.name in ("recursion", "phases") else None)
    ds = xr.Dataset(coords={} if named is None else {"law": named})
    law = getattr(experiment, "law", "")
    expected = (WITH,) if law == WITH else BADGES.get(experiment.name, (WITHOUT,))
    assert PART.readings(experiment, ds) == expected


def test_a_badge_shows_each_reading_once_or_the_one_that_the_figure_chose():
    assert cards.badge([WITHOUT, WITH, WITHOUT]) == f"{WITHOUT} and {WITH}" and cards.badge([]) == ""
    assert cards.badge([WITHOUT, WITH], WITHOUT) == WITHOUT
    with pytest.raises(ValueError, match="the data are not 'with the empty set'; allowed: without"):
        cards.badge([WITHOUT], WITH)


def contrast(a, b):
    light, dark = sorted(cards.luminance([int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)]) for c in (a, b))[::-1]
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [*drawing.COLOURS, "#000000", "#888888", "#0d0887", "#7701a8"])
def test_colours_for_a_dark_page_stand_out_on_it(colour):
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast(cards.on_dark(colour), "#14181e") > 4.5


def test_colours_for_a_dark_page_stay_apart():
    assert len({cards.on_dark(colour) for colour in drawing.COLOURS}) == len(drawing.COLOURS)


def test_a_dark_picture_has_light_text_and_keeps_names_of_its_parts():
    svg = '<svg width="1"><path id="#0072B2x" style="stroke: #0072B2; fill: none"/><use href="#abcdef1"/></svg>'
    night = cards.dark(svg)
    assert night.startswith(f'<svg fill="{cards.on_dark("#000000")}"') and "#0072B2;" not in night
    assert 'id="#0072B2x"' in night and 'href="#abcdef1"' in night
