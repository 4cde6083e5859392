"""The table of planted faults."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A fault: one line of one file, and who must notice.

    Attributes:
        name: what is wrong, in words.
        file: path from the project's root.
        old: text within one line that occurs once in the file.
        new: what a careless hand would write.
        check: ids of the tests that must fail, as pytest takes them, without "tests/".
        seconds: the check takes longer only if it hangs.
    """

    name: str
    file: str
    old: str
    new: str
    check: str
    seconds: int = 120


FAULTS: tuple[Mutant, ...] = ()
