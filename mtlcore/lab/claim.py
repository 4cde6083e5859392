"""What the ledger keeps about a statement."""

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtlcore.lab.comparisons import SURE, Finding

#: How a statement is supported.
KINDS = ("identity", "oracle", "interval", "scaling", "figure", "search")
#: What is known of a paper's own statement, where several claims say the same of it.
NOT_IN_FULL = "the full statement is not known; this is our executable version"
OURS = "not in what is known of the paper; ours"
#: What counts as agreement, where several claims ask for the same.
OVER_TRIALS = f"{SURE:g} standard errors over the trials"
PAIRED = f"{SURE:g} standard errors of the paired difference over trials, since a figure makes many comparisons"


@dataclass(frozen=True)
class Claim:
    """One statement, how it is checked, and how the check could fail.

    `tested`, `regime` and `tolerance` are templates: what they say of the case they read from it, as in "d = {run.d}".

    Attributes:
        id: stable name.
        title: what the paper calls it, or a short name of ours.
        statement: the statement, in our words.
        known: what is known of the paper's own statement.
        kind: one of `KINDS`.
        case: what is tested, by name: an experiment, or the ranges of a computation. A class or a function stands for
            what it makes when it is called, since to make an experiment asks for its device.
        tested: the case in words.
        regime: how far the test is from the theorem's own regime.
        tolerance: what counts as agreement, and why.
        chapter: the page, as "PART/PAGE" without the file's ending.
        needs: ids of the claims that it rests on.
        check: runs the check, with the case as its arguments.
        control: runs the same check where the statement must fail, with the case as its arguments.

    Raises:
        ValueError: for an unknown kind.
    """

    id: str
    title: str
    statement: str
    known: str
    kind: str
    case: Mapping[str, Any]
    tested: str
    regime: str
    tolerance: str
    chapter: str
    needs: tuple[str, ...]
    check: Callable[..., Sequence[Finding]]
    control: Callable[..., Sequence[Finding]]

    def __post_init__(self) -> None:
        """Refuse an unknown kind."""
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}; allowed: {', '.join(KINDS)}")

    def arguments(self) -> dict[str, Any]:
        """The case with everything made."""
        return {name: value() if callable(value) else value for name, value in self.case.items()}

    def fill(self, template: str) -> str:
        """A text of this claim with the case's values in place of their names."""
        return _Template().format(template, **self.arguments())


def in_words(value: Any, spec: str = "") -> str:
    """A value as a text shows it: several values read "2 and 3", "2, 3, 4" or, if they are more, "16 ... 256".

    Args:
        value: a number, a text, or several of them; of a mapping its names count.
        spec: how to format each number, as in `format`.
    """
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str):
        each = [_within(one, spec) for one in value]
        if len(each) > 3:
            return f"{each[0]} ... {each[-1]}"
        return (" and " if len(each) == 2 else ", ").join(each)
    return format(value, spec or ("g" if isinstance(value, float) else ""))


def _within(value: Any, spec: str) -> str:
    """One of several values; what has a comma itself stands in parentheses."""
    text = ", ".join(in_words(one, spec) for one in value) if isinstance(value, tuple) else in_words(value, spec)
    return f"({text})" if isinstance(value, tuple) or ", " in text else text


class _Template(string.Formatter):
    """Fills a template with values in words."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return in_words(value, format_spec)
