"""Fields of a configuration have their declared types: NumPy's values become Python's, others are refused."""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pytest

from mtlcore.lab import store
from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining.algorithm import ROBUST
from mtlcore.pretraining.representation.task_count import TaskCount


@dataclasses.dataclass(frozen=True)
class Inner:
    rate: float = 0.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class Typed(Experiment):
    count: int = 1
    rate: float = 0.5
    flag: bool = False
    sizes: tuple[int, ...] = ()
    pair: tuple[int, float] = (1, 2.0)
    rates: Sequence[float] = ()
    maybe: float | None = None
    word: str | None = None
    mixed: int | tuple[int, ...] = 0
    kind: Literal["a", "b"] = "a"
    inner: Inner = Inner()
    table: Mapping[str, Inner] = dataclasses.field(default_factory=dict)
    law: Callable[[int], int] = abs
    any: Any = None


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({"count": np.int64(3)}, {"count": 3}),
        ({"rate": np.float32(0.25)}, {"rate": 0.25}),
        ({"rate": 1}, {"rate": 1.0}),
        ({"maybe": 1}, {"maybe": 1.0}),
        ({"flag": np.bool_(True)}, {"flag": True}),
        ({"sizes": [1, 2]}, {"sizes": (1, 2)}),
        ({"sizes": range(3)}, {"sizes": (0, 1, 2)}),
        ({"sizes": np.arange(2)}, {"sizes": (0, 1)}),
        ({"pair": [np.int8(1), 3]}, {"pair": (1, 3.0)}),
        ({"rates": [1, 0.5]}, {"rates": (1.0, 0.5)}),
        ({"mixed": [1]}, {"mixed": (1,)}),
        ({"word": np.str_("a")}, {"word": "a"}),
        ({"inner": Inner(1)}, {"inner": Inner(1.0)}),
        ({"table": {"x": Inner(np.float64(2))}}, {"table": {"x": Inner(2.0)}}),
        ({"trials": np.uint8(3)}, {"trials": 3}),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_becomes_python_s_own_of_the_declared_type_and_has_one_key(given, held):
    made, wanted = Typed(**given), Typed(**held)
    (name,) = held
    assert repr(getattr(made, name)) == repr(held[name])
    assert store.key(made) == store.key(wanted)


@pytest.mark.parametrize(
    "given",
    [
        {"trials": "2"}, {"trials": 2.5}, {"trials": True}, {"seed": 1.0}, {"count": "1"}, {"count": np.float64(1)},
        {"rate": "1"}, {"rate": True}, {"flag": 1}, {"sizes": 3}, {"sizes": (1, 2.5)}, {"sizes": "12"},
        {"pair": (1, 2.0, 3)}, {"rates": (0.5, None)}, {"word": 3}, {"mixed": (True,)}, {"kind": "c"},
        {"inner": {"rate": 1}}, {"table": {"x": 1}}, {"table": {1: Inner()}}, {"law": 3}, {"device": 0},
    ],
    ids=str,
)  # fmt: skip
def test_a_value_of_another_type_is_refused(given):
    ((name, value),) = given.items()
    with pytest.raises(ValueError, match=rf"^{name} = {re.escape(repr(value))}; allowed: .+$"):
        Typed(**given)


def test_a_field_of_a_record_within_is_checked_as_well():
    with pytest.raises(ValueError, match="^rate = '1'; allowed: a number$"):
        Typed(table={"x": Inner("1")})
    one = TaskCount(settings={"robust": dataclasses.replace(ROBUST, lam_w=1)})
    assert repr(one.settings["robust"].lam_w) == "1.0"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Count(TaskCount):
    """A user's own, whose arguments nobody checks before it does."""


@pytest.mark.parametrize("T", [[0, -1], [1, True], ["a"], (1.5, 2)], ids=str)
def test_a_configuration_of_part_one_checks_the_elements(T):
    with pytest.raises(ValueError, match="^T = .*; allowed: "):
        Count(T=T)
