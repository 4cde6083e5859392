"""The playground: its numbers against the package's, in the browser that shows them, and its page."""

import dataclasses
import itertools
import math
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from mtlcore.lab.draws import MULTIPLIERS, Draws, counter, gaussian_table, philox
from mtlcore.pretraining import algorithm, features, labelling, metrics, network, tasks
from mtlcore.pretraining.theory import amplification, dynamics, fourier, regimes

SCRIPTS = Path(__file__).parents[2] / "book" / "_static" / "playground"

#: 200 iterations in double precision, the sums in another order, on the same draws: measured 1e-14.
SAME_DRAWS = 1e-12
#: Four table values differ in their last single-precision bit (6e-8 of an input): measured 3e-9 in a head after 200
#: iterations, and 4e-16 with the same table.
OWN_DRAWS = 1e-8
#: A quotient of squared lengths of order 0.01, each off by OWN_DRAWS.
ENERGY = 1e-6
#: Closed forms and equal quadrature: rounding. Measured 1e-14.
EXACT = 1e-11

LAWS = {
    "uniform": lambda r: tasks.uniform(r),
    "empty": lambda r: tasks.uniform(r, empty=True),
    "small": lambda r: tasks.by_size(r, 0.5),
    "large": lambda r: tasks.by_size(r, 3.0),
    "zipf": lambda r: tasks.zipf(r, 1),
    "singles": lambda r: tasks.fixed_degree(r, 1),
    "pairs": lambda r: tasks.fixed_degree(r, 2),
}
DEFAULT = {"T": 64, "d": 32, "r": 3, "m": 16, "samples": 1024, "law": "uniform", "heads": "task", "seed": 0}
DEFAULT |= {"overlay": "tasks", **dataclasses.asdict(algorithm.ROBUST)}
PURPOSES = ["first layer", "heads", "inputs", "tasks"]


@pytest.fixture(scope="module")
def model(browser):
    """Call a JavaScript function of (model, argument) in the browser."""
    page = browser.new_page()
    page.add_script_tag(path=SCRIPTS.parent / "model" / "model.js")
    page.evaluate("() => { window.model = mtlModel(); window.list = (x) => Array.from(x); }")

    def call(body, argument=None):
        return page.evaluate(f"(argument) => (({body})(window.model, argument))", argument)

    yield call
    page.close()


def numbers(x):
    """An array as JavaScript takes it."""
    return np.asarray(x, dtype=float).ravel().tolist()


def subsets(tables):
    """The code of each parity among some tables."""
    every = tasks.parity_tables(int(tables.shape[1]).bit_length() - 1)
    return [int(np.flatnonzero((every == table).all(1))[0]) for table in tables]


# ---- Draws.


def test_the_table_of_gaussian_values_differs_in_four_last_bits(model):
    theirs = np.array(model("(m) => list(m.gaussianTable())"))
    ours = gaussian_table().double().numpy()
    off = theirs != ours
    assert off.sum() <= 8
    assert (abs(theirs - ours)[off] <= np.spacing(abs(ours[off]).astype(np.float32))).all()


def halves(word):
    """The 32-bit halves of a 64-bit word, low half first."""
    return [word % 2**32, word >> 32]


def whole(parts):
    """The number whose 32-bit parts these are, lowest first and perhaps with a sign."""
    return sum((part % 2**32) << (32 * k) for k, part in enumerate(parts))


def test_products_of_words_are_exact(model):
    """For random words, powers of two and their neighbours, and what carries and rounding find hardest."""
    bits = np.random.default_rng(0).integers(2**64, size=(2, 1000), dtype=np.uint64)
    near = {(2**k + step) % 2**64 for k in (0, 1, 16, 31, 32, 33, 48, 63, 64) for step in (-1, 0, 1)}
    pairs = [*zip(*bits.tolist(), strict=True), *itertools.product({*near, *MULTIPLIERS}, near)]
    odd = [x % 2**32 | 1 for x in bits[0].tolist()]
    pairs += [(x * (2**32 + 1), pow(-x, -1, 2**32) * (2**32 + 1)) for x in odd]  # halves with product -1 mod 2^32
    some = [x % 2**26 | 2**26 | 1 for x in odd]
    pairs += [(2**5 * x, 2**5 * -(-(2**53) // x)) for x in some]  # just above 2^63, some rounded down
    theirs = model("(m, all) => all.map((one) => list(m.multiply(...one)))", [halves(x) + halves(y) for x, y in pairs])
    wrong = (pair for pair, product in zip(pairs, theirs, strict=True) if whole(product) != math.prod(pair))
    assert next(wrong, None) is None


def test_purposes_have_the_packages_hashes(model):
    assert model("(m) => m.PURPOSES") == {purpose: halves(counter(purpose, 0, 0)[3]) for purpose in PURPOSES}


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
@pytest.mark.parametrize("turn", [0, 1, 10**6])
def test_blocks_are_the_packages_bits(model, seed, purpose, turn):
    theirs = model(
        """(m, [seed, purpose, turn]) => {
            const draws = new m.Draws(seed);
            return Array.from({length: 250}, (_, k) => list(draws.block(purpose, turn, k + 1)));
        }""",
        [seed, purpose, turn],
    )
    ours = philox(seed, purpose, 0, turn).random_raw(1000)
    assert not (np.array([whole(block[k : k + 2]) for block in theirs for k in (0, 2, 4, 6)]) != ours).any()


def test_uniform_numbers_are_the_packages(model):
    theirs = np.array(model("(m) => new m.Draws(9).uniform('tasks', 1001)"))
    assert not (theirs != Draws(9, [0]).generators("tasks")[0].random(1001)).any()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 17, 100_003])
def test_normal_numbers_are_the_packages(model, count):
    """Up to the last bit of the four values in which the tables differ; counts that end within a word and a block."""
    theirs = model("(m, n) => list(new m.Draws(9).normal('inputs', new Float64Array(n), 5))", count)
    ours = Draws(9, [0], dtype=torch.float64).normal("inputs", count, turn=5)[0].numpy()
    assert (abs(theirs - ours) <= np.spacing(abs(ours).astype(np.float32))).all()


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("r", [2, 4])
def test_laws_and_drawn_tasks_are_the_packages(model, name, r):
    law = LAWS[name](r)
    pi = amplification.kernel(law).diagonal()
    assert np.allclose(model("(m, [name, r]) => m.lawOf(name, r)", [name, r]), pi, rtol=0, atol=1e-15)
    theirs = model("(m, [name, r]) => m.drawTasks(m.lawOf(name, r), 300, new m.Draws(7))", [name, r])
    assert theirs == subsets(law.sample(300, Draws(7, [0]).generators("tasks")[0]))


# ---- The algorithm.


def test_an_iteration_on_given_draws_is_the_packages(model):
    """n1 != n2, d no multiple of four, large heads so that hinges turn inactive; 200 iterations."""
    T, n1, n2, d, r, m, steps = 6, 5, 9, 10, 3, 7, 200
    draw = np.random.default_rng(0)
    hyper = algorithm.Hyper(eta=0.3, eta_b=0.02, lam_w=0.03, lam_a=0.2)
    tables = tasks.uniform(r).sample(T, draw)
    for heads in ("task", "shared"):
        W, b = 0.3 * draw.normal(size=(m, d)), 0.1 * draw.normal(size=m)
        a = draw.normal(size=(T if heads == "task" else 1, m))
        first, second = draw.normal(size=(2, steps, T * n2, d))  # the head step takes the first T n1
        own = algorithm.Model(T, n1, n2, d, m, hyper, heads=heads)
        state = network.State(*(torch.from_numpy(part[None]) for part in (W, b, a)))
        M, drawn = features.canonical_subspace(d, r), torch.from_numpy(tables[None]).double()
        for x, y in zip(torch.from_numpy(first), torch.from_numpy(second), strict=True):
            pair = ((part[None], features.orthant(part[None], M)) for part in (x, y))
            state = algorithm.iterate(own, state, labelling.by_table(drawn), *pair)
        theirs = model(
            """(model, {W, b, a, first, second, subsets, n1, n2, sizes: [T, d, r, m], hyper}) => {
                const [net, f64] = [{T, d, m, count: a.length / m}, (x) => Float64Array.from(x)];
                Object.assign(net, {W: f64(W), b: f64(b), a: f64(a)});
                const least = Math.min(...first.map((x, k) =>
                    model.iterate(net, subsets, r, hyper, f64(x), n1, f64(second[k]), n2)));
                return {W: list(net.W), b: list(net.b), a: list(net.a), least};
            }""",
            {
                "W": numbers(W), "b": numbers(b), "a": numbers(a), "subsets": subsets(tables), "n1": n1, "n2": n2,
                "first": [numbers(x[: T * n1]) for x in first], "second": [numbers(x) for x in second],
                "sizes": [T, d, r, m], "hyper": dataclasses.asdict(hyper),
            },
        )  # fmt: skip
        assert theirs["least"] < 0.8, "too few inactive hinges to test them"
        for name in "Wba":
            assert abs(np.array(theirs[name]) - getattr(state, name).numpy().ravel()).max() < SAME_DRAWS, (heads, name)


RUNS = {
    "first setting": {},
    "one shared head": {"heads": "shared", "lam_w": 0.05, "lam_a": 0.5},
    "with the empty set": {"law": "empty", "T": 16, "lam_w": 0.05, "lam_a": 0.5, "seed": 5},
    "r = 4, Zipf, d and m odd": {"r": 4, "law": "zipf", "d": 13, "m": 5, "T": 10, "samples": 333, "seed": 8},
    "one task": {"T": 1, "samples": 100, "seed": 3},
    "r = 1": {"r": 1, "T": 4, "samples": 64},
}


def package_run(config, steps, every):
    """The package's run of a playground configuration: {iteration: state}."""
    n = config["samples"] // config["T"]
    hyper = algorithm.Hyper(**{name: config[name] for name in dataclasses.asdict(algorithm.ROBUST)})
    own = algorithm.Model(config["T"], n, n, config["d"], config["m"], hyper, heads=config["heads"])
    draws = Draws(config["seed"], [0], dtype=torch.float64)
    drawn = LAWS[config["law"]](config["r"]).sample(config["T"], draws.generators("tasks")[0])
    M = features.canonical_subspace(config["d"], config["r"])
    run = algorithm.pretrain({"": own}, {"": drawn[None]}, M, draws, steps, every)
    return {iteration: states[""] for iteration, states in run}


@pytest.mark.parametrize("changes", RUNS.values(), ids=RUNS)
def test_the_same_seed_gives_the_packages_run(model, changes):
    config = DEFAULT | changes
    theirs = model(
        """(m, config) => {
            const run = m.simulation(config);
            for (let k = 0; k < 200; k++) run.advance();
            const {run: own} = run.record();
            return {W: list(run.net.W), b: list(run.net.b), a: list(run.net.a), own: {...own, p: list(own.p)}};
        }""",
        config,
    )
    state = package_run(config, 200, 200)[200]
    for name in "Wba":
        assert abs(np.array(theirs[name]) - getattr(state, name).numpy().ravel()).max() < OWN_DRAWS, name
    M = features.canonical_subspace(config["d"], config["r"])
    p, q = metrics.split_norms(state.W, M)
    assert abs(theirs["own"]["error"] - metrics.subspace_error(state.W, M).item()) < 10 * OWN_DRAWS
    assert abs(theirs["own"]["mean"]["p"] - p.mean().item()) < OWN_DRAWS
    assert abs(theirs["own"]["mean"]["q"] - q.mean().item()) < OWN_DRAWS
    assert abs(np.array(theirs["own"]["energy"]["shares"]) - (p**2 / (p**2 + q**2)).numpy().ravel()).max() < ENERGY
    assert abs(theirs["own"]["energy"]["all"] - metrics.energy_share(state.W, M).item()) < ENERGY


@pytest.mark.parametrize("shape", [(16, 32, 3), (3, 20, 4), (32, 8, 2), (5, 5, 1)], ids=str)
def test_the_error_is_the_packages(model, shape):
    m, d, r = shape
    draw = np.random.default_rng(m)
    for outside in (1.0, 0.1, 1e-6):
        W = draw.normal(size=(m, d))
        W[:, r:] *= outside
        ours = metrics.subspace_error(torch.from_numpy(W), features.canonical_subspace(d, r)).item()
        theirs = model("(model, [W, d, r]) => model.subspaceError(Float64Array.from(W), d, r)", [numbers(W), d, r])
        assert abs(theirs - ours) < EXACT


# ---- The population limit.


@pytest.mark.parametrize("r", [1, 2, 3, 4])
def test_coefficients_are_the_packages(model, r):
    draw = np.random.default_rng(r)
    p, q = draw.normal(size=(40, r)), abs(draw.normal(size=40))
    p[10:20] *= 1e-3  # far from the subspace
    q[20:30] *= 1e-4  # nearly aligned
    p[30:, 0], q[35:] = 0.0, 0.0
    p[35:, -1] = 1.0  # for r = 1 no neuron may be zero
    ours = fourier.coefficients(p, q)
    theirs = model(
        """(m, neurons) => neurons.map(([p, q]) => m.coefficients(Float64Array.from(p), q).map(
            ({h, byP, c}) => [h, c, ...byP]))""",
        [[row.tolist(), float(length)] for row, length in zip(p, q, strict=True)],
    )
    theirs = np.array(theirs)
    assert np.allclose(theirs[..., 0], ours.h, rtol=EXACT, atol=1e-15)
    assert np.allclose(theirs[..., 1], ours.c, rtol=EXACT, atol=1e-15)
    assert np.allclose(theirs[..., 2:], ours.by_p, rtol=EXACT, atol=1e-15)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name, r", [("uniform", 2), ("empty", 3), ("zipf", 4)])
def test_the_recursion_is_the_packages(model, name, r, shared):
    draw = np.random.default_rng(r)
    law = LAWS[name](r)
    pi = amplification.kernel(law).diagonal()
    C = np.outer(pi, pi) if shared else np.diag(pi)
    p, q, a = 0.01 * draw.normal(size=(5, r)), 0.05 + 0.01 * draw.random(5), 0.01 * draw.normal(size=(5, 2**r))
    state = dynamics.Neurons(p, q, a)
    for _ in range(100):
        state = dynamics.step(state, C, dynamics.Update(0.1, 0.05, 0.5))
    theirs = model(
        """(m, {p, q, a, pi, shared}) => {
            const state = {p: Float64Array.from(p), q: Float64Array.from(q), a: Float64Array.from(a)};
            for (let k = 0; k < 100; k++) m.recursionStep(state, pi, shared, {eta: 0.1, lam_w: 0.05, lam_a: 0.5});
            return {p: list(state.p), q: list(state.q), a: list(state.a)};
        }""",
        {"p": numbers(p), "q": numbers(q), "a": numbers(a), "pi": numbers(pi), "shared": shared},
    )
    for key in "pqa":
        assert np.allclose(theirs[key], getattr(state, key).ravel(), rtol=1e-10, atol=1e-15), key


@pytest.mark.parametrize("heads", ["task", "shared"])
def test_the_overlay_follows_the_run(model, heads):
    """Many samples and short weights: the recursion of the drawn tasks is close, that of their law is not."""
    config = DEFAULT | {"T": 6, "d": 8, "samples": 8192, "nu_w": 0.001, "nu_a": 0.02, "eta_b": 0.0, "heads": heads}
    config |= {"law": "empty", "lam_w": 0.05, "lam_a": 0.5}

    def gap(overlay):
        """Of the first layers after 100 iterations, relative to the run, inside and outside."""
        found = model(
            """(m, config) => {
                const run = m.simulation(config);
                for (let k = 0; k < 100; k++) run.advance();
                const {run: own, exact} = run.record();
                return [list(own.p), list(exact.p), own.mean.q, exact.mean.q];
            }""",
            config | {"overlay": overlay},
        )
        own, exact = map(np.array, found[:2])
        return np.linalg.norm(own - exact) / np.linalg.norm(own), abs(found[3] / found[2] - 1)

    inside, outside = gap("tasks")
    assert inside < 0.1 and outside < 0.05
    assert max(gap("law")) > 0.2


@pytest.mark.parametrize("r", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["uniform", "empty"])
def test_lambda_and_its_regimes_are_the_packages(model, name, r):
    law = LAWS[name](r)
    unit = law.probs.max() / (2 * np.pi)
    for lam_w in (0.001, 0.01, 0.05, 0.1, 0.3, 1.0):
        theirs = model("(m, [name, r, w, a]) => m.regime(name, r, w, a)", [name, r, lam_w, 0.5])
        assert theirs["Lambda"] == pytest.approx(regimes.Lambda(law, lam_w, 0.5), rel=1e-13)
        assert np.allclose(theirs["edges"], np.array(regimes.neutral_products(law)) / unit, rtol=1e-12)
        assert theirs["name"] == regimes.regime(law, lam_w, 0.5)


# ---- The page.


@pytest.fixture
def opened(visit, html):
    """Opens the playground's page, in a browser that wants stillness unless said otherwise."""
    return partial(visit, (html / "pretraining" / "playground.html").as_uri(), reduced_motion="reduce")


def unfold(page):
    page.evaluate("() => document.querySelectorAll('#pg details').forEach((part) => (part.open = true))")


def unheard(page):
    """Whether a page complained of nothing and asked the network for nothing."""
    return not page.complaints and not [url for url in page.requests if url.startswith(("http:", "https:"))]


def iteration(page):
    return int(page.locator("[data-out=iteration]").inner_text())


def await_iteration(page, wanted):
    page.wait_for_function("k => Number(document.querySelector('[data-out=iteration]').textContent) >= k", arg=wanted)


def verdict(page):
    return page.locator("[data-out=verdict]").inner_text()


def run_button(page, name):
    """The button that runs or pauses, once it says so."""
    button = page.get_by_role("button", name=name, exact=True)
    button.wait_for()
    return button


def to_the_end(page):
    """As fast as it goes, until the run rests."""
    page.get_by_label("speed").select_option("Infinity")
    await_iteration(page, 800)


def test_it_runs_from_disk_and_shows_the_packages_error(opened):
    page = opened()
    page.get_by_label("speed").select_option("Infinity")
    run_button(page, "Run").click()
    await_iteration(page, 800)
    states = package_run(DEFAULT, 800, 800)
    error = metrics.subspace_error(states[800].W, features.canonical_subspace(32, 3)).item()
    assert iteration(page) == 800
    assert page.locator("[data-out=error]").inner_text() == f"{error:.3f}"
    run_button(page, "Run")
    assert f"the error is {error:.3f}" in page.get_by_role("status").text_content()
    assert unheard(page)


def test_one_task_or_one_head_changes_the_verdict(opened):
    """The message of the book: each card within the iterations that half a minute shows."""
    page = opened(reduced_motion="no-preference")
    said = {}
    for card in ("64 tasks", "One task", "Shared head"):
        page.locator("[data-try]", has_text=card).click()
        to_the_end(page)
        said[card] = verdict(page)
    assert said == {"64 tasks": "found", "One task": "some feature is missed", "Shared head": "some feature is missed"}
    rate = float(page.locator("#pg-pace option[selected]").get_attribute("value"))
    assert 800 / rate < 30
    assert unheard(page)


def test_the_plots_stand_above_the_fold_and_before_the_knobs(opened):
    page = opened(viewport={"width": 1280, "height": 800})
    await_iteration(page, 0)
    bottoms = [box["y"] + box["height"] for box in boxes(page, "#pg [data-panel]:not([data-panel=scale])")]
    assert len(bottoms) == 4 and max(bottoms) < 600
    knobs = boxes(page, ".pg-knobs > *")
    assert len(knobs) == 3 and all(max(bottoms) < box["y"] < 800 - box["height"] for box in knobs)
    assert not page.get_by_label("seed").is_visible()


def boxes(page, selector):
    return [part.bounding_box() for part in page.locator(selector).all()]


def test_it_starts_by_itself_unless_the_reader_wants_stillness(opened):
    moving = opened(reduced_motion="no-preference")
    await_iteration(moving, 20)
    run_button(moving, "Pause").click()
    run_button(moving, "Run")
    still = opened()
    still.wait_for_timeout(500)
    assert iteration(still) == 0


RAPIDLY = """async ({values, gap}) => {
    const slider = document.querySelector("[data-for=T]");
    for (const value of values) {
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        if (gap) await new Promise((done) => setTimeout(done, gap));
    }
}"""


@pytest.mark.parametrize("gap", [0, 1, 7, 16, 40])
def test_a_drag_leaves_the_run_as_the_reader_wanted_it(opened, gap):
    """Running goes on, paused stays paused, and what is shown is a run of the last value."""
    page = opened(reduced_motion="no-preference")
    await_iteration(page, 5)
    page.evaluate(RAPIDLY, {"values": [5, 4, 3, 2, 1, 2, 3, 4, 5, 4, 3], "gap": gap})
    await_iteration(page, 5)
    run_button(page, "Pause").click()
    run_button(page, "Run")
    page.evaluate(RAPIDLY, {"values": [4, 5, 6, 7, 6, 5], "gap": gap})
    page.get_by_role("status").filter(has_text="32 samples per task").wait_for(state="attached")
    page.wait_for_timeout(200)
    assert iteration(page) == 0
    run_button(page, "Run")
    assert unheard(page)


KEPT = """window.Worker = class extends Worker {
    constructor(...of) {
        super(...of);
        window.answers = [];
        window.again = (data) => this.onmessage({ data });
        this.addEventListener("message", ({ data }) => answers.push(data));
    }
}"""


def test_an_answer_about_a_run_that_was_left_is_dropped(opened):
    page = opened()
    page.add_init_script(KEPT)
    page.reload()
    unfold(page)
    page.get_by_role("button", name="100 steps").click()
    await_iteration(page, 100)
    page.get_by_role("button", name="Start over").click()
    page.wait_for_function("() => answers.at(-1).now.iteration === 0")
    page.evaluate("() => again(answers.find(({ now }) => now.iteration === 100))")
    page.wait_for_timeout(100)
    assert iteration(page) == 0


def test_a_run_that_rests_starts_again_with_the_next_setting(opened):
    page = opened(reduced_motion="no-preference")
    to_the_end(page)
    run_button(page, "Run")
    page.evaluate(RAPIDLY, {"values": [3], "gap": 0})
    page.get_by_role("status").filter(has_text="128 samples per task").wait_for(state="attached")
    await_iteration(page, 800)
    assert unheard(page)


def test_the_last_run_stays_in_sight(opened):
    page = opened(reduced_motion="no-preference")
    last = page.locator(".pg-key-last")
    assert not last.is_visible()
    to_the_end(page)
    page.locator("[data-try]", has_text="One task").click()
    last.filter(has_text="last run: T = 64").wait_for()
    marks = page.locator("[data-panel=share] i").evaluate_all("all => all.map(bar => bar.style.cssText)")
    assert len(marks) == 16 and all(re.search(r"--before: 0\.9", mark) for mark in marks)


ADDRESS = "#T=8&heads=shared&lam_w=0.05&lam_a=0.5&r=2&d=16&seed=7"


def settings(page):
    """The setting of each name in the address, as the controls show them."""
    names = ["T", "heads", "lam_w", "lam_a", "r", "d", "seed"]
    found = page.evaluate(
        "names => names.map((name) => document.querySelector('#pg form').elements[name].value)", names
    )
    return "#" + "&".join(f"{name}={value}" for name, value in zip(names, found, strict=True))


def test_the_address_holds_the_settings(visit, html):
    """Both ways, also while the page is open; a made-up name is passed over."""
    url = (html / "pretraining" / "playground.html").as_uri()
    page = visit(url + ADDRESS + "&colour=red", reduced_motion="reduce")
    await_iteration(page, 0)
    assert settings(page) == ADDRESS and page.get_by_role("alert").inner_text() == ""
    assert page.get_by_label("paper's").is_checked()
    length = page.evaluate("() => history.length")
    page.get_by_label("tasks T", exact=True).fill("9")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Copy link").click()
    written = page.evaluate("() => location.hash")
    assert sorted(written[1:].split("&")) == sorted(ADDRESS[1:].replace("T=8", "T=9").split("&"))
    assert page.evaluate("() => history.length") == length
    page.evaluate("hash => { location.hash = hash; }", ADDRESS)
    page.get_by_role("status").filter(has_text="128 samples per task").wait_for(state="attached")
    page.evaluate("() => { location.hash = 'what-you-see'; }")
    page.wait_for_timeout(100)
    assert settings(page) == ADDRESS
    assert unheard(page)


@pytest.mark.parametrize(
    "hash, line, kept",
    [
        ("T=1000&seed=7", "T = 1000; allowed: a whole number from 1 to 512", {"T": 64, "seed": 7}),
        ("heads=two&T=4", "heads = two; allowed: task, shared", {"heads": "task", "T": 4}),
        ("r=4&d=3", "r = 4 features; allowed: fewer than d = 3", {"r": 4, "d": 32}),
        ("lam_w=&T=2", "lam_w = nothing; allowed: a number from 0 to 5", {"lam_w": 0.01, "T": 2}),
    ],
)
def test_a_bad_value_in_the_address_is_left_out_in_one_line(visit, html, hash, line, kept):
    page = visit((html / "pretraining" / "playground.html").as_uri() + "#" + hash, reduced_motion="reduce")
    assert page.get_by_role("alert").inner_text() == f"Left out of the address: {line}"
    assert all(f"{name}={value}" in settings(page) for name, value in kept.items())
    assert unheard(page)


def test_it_is_played_by_keyboard(opened):
    page = opened()
    page.locator(".pg-run").focus()
    focused = (
        "() => document.activeElement.dataset.for || document.activeElement.name || document.activeElement.className"
    )
    seen = []
    while "decay" not in seen and len(seen) < 40:
        page.keyboard.press("Tab")
        seen.append(page.evaluate(focused))
        assert page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle") != "none", seen
    assert [name for name in seen if name in ("T", "heads", "decay")] == ["T", "T", "heads", "decay"], seen
    page.keyboard.press("ArrowRight")
    page.get_by_role("status").filter(has_text="Lambda is 1.1").wait_for(state="attached")
    page.get_by_label("tasks T", exact=True).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("8")
    page.keyboard.press("Tab")
    page.get_by_role("status").filter(has_text="128 samples per task").wait_for(state="attached")
    page.locator(".pg-run").focus()
    page.keyboard.press("Enter")
    await_iteration(page, 10)
    page.keyboard.press("Space")
    run_button(page, "Run")
    assert unheard(page)


@pytest.mark.parametrize(
    "field, value, line",
    [
        ("T", "1000", "T = 1000; allowed: a whole number from 1 to 512"),
        ("T", "2.5", "T = 2.5; allowed: a whole number from 1 to 512"),
        ("d", "2", "r = 3 features; allowed: fewer than d = 2"),
        ("samples", "10", "samples = 10; allowed: at least one for each of T = 64 tasks"),
        ("lam_w", "-1", "lam_w = -1; allowed: a number from 0 to 5"),
        ("seed", "", "seed = nothing; allowed: a whole number from 0 to 4294967295"),
    ],
)
def test_bad_input_is_refused_in_one_line(opened, field, value, line):
    page = opened()
    unfold(page)
    page.locator(f"#pg-{field}").fill(value)
    page.keyboard.press("Tab")
    assert page.get_by_role("alert").inner_text() == line
    assert page.locator(".pg-python pre").text_content().count("64") >= 1, "the run must stay as it was"
    assert unheard(page)


def test_each_card_sets_up_and_runs(opened):
    page = opened(reduced_motion="no-preference")
    cards = page.locator("[data-try]")
    assert cards.count() == 7
    for k in range(7):
        cards.nth(k).click()
        await_iteration(page, 5)
        assert cards.nth(k).get_attribute("aria-pressed") == "true"
        assert page.locator("[data-try][aria-pressed=true]").count() == 1
        assert page.get_by_role("alert").inner_text() == ""
    assert unheard(page)


def test_the_python_of_a_run_gives_its_error(opened, capsys):
    page = opened()
    unfold(page)
    page.get_by_label("law over parities").select_option("zipf")
    page.get_by_label("features r").select_option("2")
    page.get_by_role("button", name="100 steps").click()
    await_iteration(page, 100)
    exec(page.locator(".pg-python pre").text_content(), {})
    printed = dict(re.findall(r"^(\d+) ([\d.e-]+)$", capsys.readouterr().out, re.M))
    assert page.locator("[data-out=error]").inner_text() == f"{float(printed['100']):.3f}"


def test_without_scripts_a_picture_takes_its_place(opened):
    page = opened(script=False)
    picture = page.locator(".tag_pg-still img.only-light")
    assert picture.is_visible() and len(picture.get_attribute("alt")) > 100
    assert not page.locator("#pg").is_visible()
    page = opened()
    assert not page.locator(".tag_pg-still img.only-light").is_visible() and page.locator("#pg").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_is_accessible_and_no_wider_than_the_screen(opened, scheme, width):
    size = {"width": width, "height": 844}
    page = opened(theme=scheme, viewport=size)
    unfold(page)
    page.get_by_role("button", name="100 steps").click()
    await_iteration(page, 100)
    page.locator("[data-try]", has_text="One task").evaluate("card => card.click()")  # without scrolling to it
    page.locator(".pg-key-last").wait_for()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("folder", ["draw", "hero", "model", "playground", "sliders"])
def test_scripts_and_styles_are_loaded_where_they_are_used(html, folder):
    using = re.compile(rf'data-use="[\w ]*\b{folder}\b')
    texts = [path.read_text() for path in html.rglob("*.html") if "_static" not in path.parts]
    assert any(using.search(text) for text in texts)
    for text in texts:
        assert (f"_static/{folder}/" in text) == bool(using.search(text)), text[:400]
