"""The draws: Philox's bits by NumPy and by torch, the table of normal numbers, and who shares none of them."""

import hashlib
import itertools

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tolerances import STANDARD_ERRORS

from mtlcore.lab import draws
from mtlcore.lab.draws import Draws, gaussian_table, philox, philox_words

#: Not the word "cpu": torch makes the bits, as on an accelerator.
DEVICE = "cpu:0"
DEVICES = pytest.mark.parametrize("device", ["cpu", DEVICE])
TOP = 2**64 - 1
#: Counts that end at, before and after a word of 64 bits, a block and a part.
RAGGED = (0, 1, 3, 4, 5, 15, 16, 17, 63, draws.CHUNK - 1, draws.CHUNK, draws.CHUNK + 1, 2 * draws.CHUNK + 18)
words64 = st.integers(0, TOP)


def normal(*shape, seed=1, trials=(0,), purpose="inputs", turn=0, device="cpu"):
    """A draw of which only some parts are given."""
    return Draws(seed, trials, device).normal(purpose, *shape, turn=turn)


def by_integers(key, counter):
    """One block of Philox4x64-10 from the formula of its paper, in Python's integers of any length."""
    (k0, k1), (c0, c1, c2, c3) = key, counter
    for _ in range(10):
        first, second = c0 * 0xD2E7470EE14C6C93, c2 * 0xCA5A826395121157
        c0, c1, c2, c3 = (second >> 64) ^ c1 ^ k0, second & TOP, (first >> 64) ^ c3 ^ k1, first & TOP
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & TOP, (k1 + 0xBB67AE8584CAA73B) & TOP
    return c0, c1, c2, c3


@pytest.fixture
def threads():
    """Set the number of torch threads for one test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


# ---------------------------------------------------------------- the bits


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ("0 0", "0 0 0 0", "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
        (
            "ffffffffffffffff ffffffffffffffff",
            "ffffffffffffffff ffffffffffffffff ffffffffffffffff ffffffffffffffff",
            "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0",
        ),
        (
            "452821e638d01377 be5466cf34e90c6c",
            "243f6a8885a308d3 13198a2e03707344 a4093822299f31d0 082efa98ec4e6c89",
            "a528f45403e61d95 38c72dbd566e9788 a5a1610e72fd18b5 57bd43b5e52b7fe6",
        ),
    ],
)
def test_the_formula_gives_the_known_answers_of_its_authors(key, counter, expected):
    key, counter, expected = ([int(word, 16) for word in words.split()] for words in (key, counter, expected))
    assert list(by_integers(key, counter)) == expected


@given(words64, words64, words64, st.text(max_size=20), st.integers(1, 70))
@example(0, 0, 0, "", 1)
@example(2**63 - 1, 2**63 - 1, 2**63 - 1, "inputs", 3)
@example(2**63, 2**63, 2**63, "inputs", 3)
@example(TOP, TOP, TOP, "first layer", 2**10)
@example(2**32 - 1, 2**32, 2**33, "tasks", 5)
def test_numpy_and_torch_make_the_bits_of_the_formula(seed, trial, turn, purpose, blocks):
    numpys = philox(seed, purpose, trial, turn).random_raw(4 * blocks)
    some = Draws(seed, (trial, 3))
    torchs = philox_words(some, purpose, turn, 0, blocks)
    assert torchs.dtype == torch.int64 and np.array_equal(torchs[0].numpy().view(np.uint64), numpys)
    assert torch.equal(philox_words(some, purpose, turn, blocks - 1, 1), torchs[:, -4:])
    name = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "little")
    for k in {1, blocks}:
        assert numpys[4 * k - 4 : 4 * k].tolist() == list(by_integers((seed, 0), (k, turn, trial, name)))


@given(words64, words64)
@example(TOP, TOP)
@example(2**32 - 1, 2**32 - 1)
@example(2**63, 2**32 + 1)
def test_a_product_of_two_words_has_all_its_bits(a, b):
    high, low = (x.item() % 2**64 for x in draws.product(a, torch.tensor([draws.wrapped(b)])))
    assert 2**64 * high + low == a * b


# ---------------------------------------------------------------- the numbers


@given(st.sampled_from(RAGGED), words64, words64, words64)
@example(draws.CHUNK + 1, 2**63, 2**63 + 5, 2**63 + 7)
@settings(max_examples=40)
def test_a_device_draws_the_numbers_of_the_cpu(count, seed, trial, turn):
    for dtype in (torch.float32, torch.float64):
        ours, theirs = (
            Draws(seed, (trial, 0, 79), device, dtype).normal("inputs", count, turn=turn) for device in ("cpu", DEVICE)
        )
        assert ours.dtype == theirs.dtype == dtype and ours.shape == (3, count) and torch.equal(ours, theirs)


@pytest.mark.parametrize("count", [1, 32, 33, 100])
def test_a_device_draws_in_parts(count, monkeypatch):
    monkeypatch.setattr(draws, "BLOCKS", 2)
    ours, theirs = (normal(count, trials=(4, 1), device=device) for device in ("cpu", DEVICE))
    assert torch.equal(ours, theirs)


def test_the_bits_come_from_torch_on_a_device_and_from_numpy_on_a_cpu(monkeypatch):
    for absent, device in (("philox", DEVICE), ("philox_words", "cpu")):
        with monkeypatch.context() as patch:
            patch.delattr(draws, absent)
            assert normal(20, device=device).shape == (1, 20)


@DEVICES
def test_the_first_numbers_are_the_ones_of_every_machine(device):
    drawn = normal(2, 2, seed=2024, trials=(3,), turn=5, device=device).flatten().tolist()
    assert drawn == pytest.approx([1.3902807, 0.9651753, 0.4040965, 1.0635756], abs=1e-6)


@DEVICES
def test_numbers_are_looked_up_by_the_sixteen_bits_of_their_words_in_turn(device):
    words = philox(4, "inputs", 2, 9).random_raw(8).tolist()
    levels = [word >> shift & 0xFFFF for word in words for shift in (0, 16, 32, 48)]
    assert torch.equal(normal(30, seed=4, trials=(2,), turn=9, device=device)[0], gaussian_table()[levels][:30])


@DEVICES
@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0, 3), (3, 1, 5)])
def test_a_shape_may_be_anything(shape, device):
    assert normal(*shape, trials=range(2), device=device).shape == (2, *shape)


@DEVICES
def test_no_trials_draw_nothing(device):
    assert normal(3, 2, trials=(), device=device).shape == (0, 3, 2)


@DEVICES
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_numbers_are_drawn_in_single_precision_and_cast(dtype, device):
    drawn = Draws(1, (0, 1), device, dtype).normal("inputs", 40)
    assert drawn.dtype == dtype and torch.equal(drawn, normal(40, trials=(0, 1)).to(dtype))


# ---------------------------------------------------------------- who shares numbers, and who shares none


def test_seeds_purposes_trials_and_turns_share_no_word():
    owners = [*itertools.product((0, 1, 2), ("inputs", "input", "test inputs", ""), (0, 1, 2), (0, 1, 2))]
    words = [philox(seed, purpose, trial, turn).random_raw(256) for seed, purpose, trial, turn in owners]
    assert len(np.unique(words)) == 256 * len(owners)  # a stream that began later in another one would share some


@DEVICES
def test_seeds_purposes_trials_and_turns_share_no_numbers(device):
    owners = itertools.product((0, 1), ("inputs", "first layer"), (0, 1), (0, 1))
    drawn = [
        normal(64, seed=seed, purpose=purpose, trials=(trial,), turn=turn, device=device)[0]
        for seed, purpose, trial, turn in owners
    ]
    for one, other in itertools.combinations(drawn, 2):
        assert (one == other).sum() <= 1  # of 64 numbers with 2^16 values


@pytest.mark.parametrize("change", ["seed", "purpose", "trial"])
def test_generators_of_another_seed_purpose_or_trial_share_no_word(change):
    seed, purpose, trials = (int(change == "seed"), "neurons" if change == "purpose" else "tasks", (0, 1))
    ours, theirs = Draws(0, (0,)).generators("tasks"), Draws(seed, trials).generators(purpose)
    other = theirs[int(change == "trial")]
    assert len(theirs) == 2 and not set(ours[0].integers(2**63, size=99)) & set(other.integers(2**63, size=99))


def test_a_generator_is_numpys_at_the_start_of_its_stream():
    one, again = (Draws(3, (5, 8)).generators("tasks") for _ in range(2))
    for trial, generator, fresh in zip((5, 8), one, again, strict=True):
        expected = np.random.Generator(philox(3, "tasks", trial)).random(9)
        assert np.array_equal(generator.random(9), expected) and np.array_equal(fresh.random(9), expected)


@DEVICES
def test_a_draw_needs_no_state(device):
    source = Draws(1, (0, 3), device)
    alone = source.normal("inputs", 20, turn=5)
    for turn in (4, 5, 0, 5):
        again = source.normal("inputs", 20, turn=turn)
        assert torch.equal(again, alone) == (turn == 5)


@DEVICES
def test_a_trial_draws_the_same_in_any_company(device):
    many = normal(7, 3, trials=range(80), turn=2, device=device)
    assert torch.equal(many[40:], normal(7, 3, trials=range(40, 80), turn=2, device=device))
    assert torch.equal(many[[79, 0, 5]], normal(7, 3, trials=(79, 0, 5), turn=2, device=device))
    repeated = normal(7, 3, trials=(5, 79, 5), turn=2, device=device)
    assert torch.equal(repeated, many[[5, 79, 5]])
    together, apart = (Draws(1, trials).generators("tasks") for trials in (range(80), range(40, 80)))
    assert [one.random() for one in together[40:]] == [one.random() for one in apart]


def test_a_trial_that_is_named_again_is_drawn_once(monkeypatch):
    drawn = []
    by_numpy = draws.by_numpy
    monkeypatch.setattr(draws, "by_numpy", lambda own, *rest: drawn.extend(own.trials) or by_numpy(own, *rest))
    normal(7, trials=(3, 1, 3, 3))
    assert drawn == [3, 1]


@DEVICES
@pytest.mark.parametrize("count", [1, 6, 17, 40])
def test_the_numbers_of_a_smaller_shape_are_the_first_of_a_larger_one(count, device):
    large = normal(9, 8, trials=(0, 1), device=device).flatten(1)
    assert torch.equal(normal(count, trials=(0, 1), device=device), large[:, :count])


@pytest.mark.parametrize("chunk", [4, 8, 28])
def test_drawing_in_parts_changes_no_number(chunk, monkeypatch):
    whole = normal(5, 9, trials=(0, 1))
    monkeypatch.setattr(draws, "CHUNK", chunk)
    assert torch.equal(normal(5, 9, trials=(0, 1)), whole)


def test_a_part_ends_with_a_block():
    """Philox makes 4 words of 4 numbers at a time, so no bits are lost between parts."""
    assert draws.CHUNK % 16 == 0
    whole = normal(2 * draws.CHUNK + 8)[0]
    levels = philox(1, "inputs", 0).random_raw(len(whole) // 4).view(np.uint16).astype(int)
    assert torch.equal(whole, gaussian_table()[levels])


@DEVICES
def test_draws_do_not_depend_on_the_number_of_threads(device, threads):
    drawn = []
    for count in (1, 2, 3):
        threads(count)
        drawn.append(normal(3, 7001, trials=range(5), device=device))
    assert all(torch.equal(drawn[0], other) for other in drawn[1:])


# ---------------------------------------------------------------- the law


@DEVICES
def test_the_table_of_inputs_is_gaussian(device):
    values = gaussian_table(device).double()
    assert (values.diff() > 0).all() and (values != 0).all()
    assert torch.equal(values, -values.flip(0))
    assert abs(values.square().mean() - 1) < 1e-6
    assert f"{values.pow(4).mean():.4f}" == "2.9998" and f"{values.max():.2f}" == "4.39"
    # each value lies in its own quantile bin, up to the scaling to variance 1
    quantile = torch.special.ndtr(values) * 2**16
    assert ((quantile - torch.arange(2**16)) > -0.01).all() and ((quantile - torch.arange(2**16)) < 1.01).all()


def test_all_levels_of_the_table_are_drawn():
    x = normal(2**19, trials=range(4))
    counts = torch.bincount(torch.searchsorted(gaussian_table(), x.flatten()), minlength=2**16).double()
    # the sum of squares of 2^16 - 1 independent deviations
    chi2 = ((counts - 32) ** 2 / 32).sum()
    assert abs(chi2 - (2**16 - 1)) < STANDARD_ERRORS * (2 * (2**16 - 1)) ** 0.5


def test_inputs_are_standard_normal():
    x = normal(50_000, trials=range(4)).double()
    n = x.numel()
    assert abs(x.mean()) < STANDARD_ERRORS / n**0.5
    assert abs(x.square().mean() - 1) < STANDARD_ERRORS * (2 / n) ** 0.5
    assert abs(x.pow(4).mean() - 3) < STANDARD_ERRORS * (96 / n) ** 0.5


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 16])
def test_neighbours_are_uncorrelated(lag):
    """Four numbers come from one random word, sixteen from one block."""
    x = normal(50_000, trials=range(4)).double()
    products = x[:, lag:] * x[:, :-lag]
    assert abs(products.mean()) < STANDARD_ERRORS / products.numel() ** 0.5


def test_streams_are_uncorrelated():
    owners = itertools.product((0, 1), ("inputs", "heads"), (0, 1))
    x = torch.cat(
        [normal(2**15, seed=seed, purpose=purpose, trials=(0, 1), turn=turn) for seed, purpose, turn in owners]
    ).double()
    correlation = x @ x.T / 2**15 - torch.eye(len(x))
    assert correlation.fill_diagonal_(0).abs().max() < STANDARD_ERRORS / 2**7.5


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("seed", "trials", "said"),
    [(-1, (0,), "-1"), (0, (0, -2), "-2"), (2**64, (0,), str(2**64)), (0, (2**64,), str(2**64))],
)
def test_what_no_counter_holds_is_refused(seed, trials, said):
    with pytest.raises(ValueError, match=f"{said}.*allowed: .*0"):
        Draws(seed, trials)


@DEVICES
@pytest.mark.parametrize("turn", [-1, 2**64])
def test_a_turn_that_no_counter_holds_is_refused(turn, device):
    with pytest.raises(ValueError, match=f"turn {turn}; allowed: .*0"):
        normal(3, turn=turn, device=device)
