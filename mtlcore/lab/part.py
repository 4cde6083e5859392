"""A part of the book: its chapters, each with its experiments, what they say, and its claims."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import xarray as xr

from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding
from mtlcore.lab.experiment import Experiment

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Chapter:
    """What the folder of one chapter holds.

    Attributes:
        experiments: makes the configurations that the page runs.
        findings: what each experiment's data set says, by the experiment's class.
        claims: what the chapter states, each claim after those that it rests on.
    """

    experiments: Callable[[], Sequence[Experiment]] = tuple
    findings: Mapping[type[Experiment], Callable[[xr.Dataset], list[Finding]]] = field(default_factory=dict)
    claims: Sequence[Claim] = ()


@dataclass(frozen=True)
class Part:
    """A part of the book.

    Attributes:
        name: the name of its folders, in the package, in the book and in the tests.
        title: what readers call it.
        chapters: its chapters by the name of their pages, each after those whose claims it rests on.
    """

    name: str
    title: str
    chapters: Mapping[str, Chapter]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim, each after those that it rests on."""
        return tuple(claim for chapter in self.chapters.values() for claim in chapter.claims)

    def experiments(self, chapter: str = "all") -> list[Experiment]:
        """The configurations that pages run.

        Args:
            chapter: the chapter's name, or "all".

        Returns:
            Fresh configurations, each once.

        Raises:
            ValueError: for an unknown name.
        """
        if chapter != "all" and chapter not in self.chapters:
            raise ValueError(f"chapter {chapter!r} is unknown; allowed: {', '.join(self.chapters)}, all")
        chosen = self.chapters.values() if chapter == "all" else [self.chapters[chapter]]
        every = [experiment for one in chosen for experiment in one.experiments()]
        return [experiment for k, experiment in enumerate(every) if experiment not in every[:k]]

    def findings(self, experiment: Experiment, ds: xr.Dataset) -> list[Finding]:
        """What a data set says about the statements of its experiment's chapter.

        Args:
            experiment: the configuration.
            ds: its data set, with a dimension "trial".

        Returns:
            The findings; none if no page runs this configuration.

        Raises:
            ValueError: if the part has no findings for this class of experiments.
        """
        for chapter in self.chapters.values():
            if type(experiment) in chapter.findings:
                return chapter.findings[type(experiment)](ds) if experiment in self.experiments() else []
        raise ValueError(f"{self.name} has no findings for {type(experiment).__name__}; allowed: one in contents.py")


def names() -> list[str]:
    """The parts of the book that the package holds.

    Returns:
        The names of their folders.
    """
    return sorted(path.parent.name for path in PACKAGE.glob("*/contents.py"))


def of_chapter(name: str) -> "Part":
    """The part that has a chapter, found by the chapter's folder; only that part is imported.

    Args:
        name: the chapter's name, such as "fan-out".

    Returns:
        The part.

    Raises:
        ValueError: for an unknown name.
    """
    folder = name.replace("-", "_")
    homes = [one for one in names() if (PACKAGE / one / folder).is_dir()]
    if not homes:
        every = [chapter for one in names() for chapter in load(one).chapters]
        raise ValueError(f"chapter {name!r} is unknown; allowed: {', '.join(every)}, {', '.join(names())}, all")
    return load(homes[0])


def load(name: str) -> Part:
    """Import a part; the others stay unread.

    Args:
        name: the name of its folder.

    Returns:
        The part.

    Raises:
        ValueError: for an unknown name.
    """
    if name not in names():
        raise ValueError(f"part {name!r} is unknown; allowed: {', '.join(names())}")
    part: Part = importlib.import_module(f"mtlcore.{name}.contents").PART
    return part
