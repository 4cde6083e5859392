"""A part of the book: its chapters, each with its experiments, what they say, and its claims."""

import dataclasses
import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import xarray as xr

from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, report
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.source import PACKAGE


@dataclass(frozen=True)
class Chapter:
    """What the folder of one chapter holds.

    Attributes:
        experiments: makes the configurations that the page runs.
        findings: what each experiment's data set says, by the experiment's class.
        claims: what the chapter states, each claim after those that it rests on.
    """

    experiments: Callable[[], Sequence[Experiment]]
    findings: Mapping[type[Experiment], Callable[[xr.Dataset], list[Finding]]] = field(default_factory=dict)
    claims: Sequence[Claim] = ()


@dataclass(frozen=True)
class Part:
    """A part of the book.

    Attributes:
        name: the name of its folders, in the package, in the book and in the tests.
        title: what readers call it.
        chapters: its chapters by the name of their pages, each after those whose claims it rests on.
        readings: how an experiment's data read what its paper leaves open, in words; a part need not have any.
    """

    name: str
    title: str
    chapters: Mapping[str, Chapter]
    readings: Callable[[Experiment, xr.Dataset], Sequence[str]] = lambda experiment, ds: ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim, each after those that it rests on."""
        return tuple(claim for chapter in self.chapters.values() for claim in chapter.claims)

    def experiments(self, chapter: str = "all") -> list[Experiment]:
        """The configurations that a chapter's page runs, or all pages; fresh, each once.

        Raises:
            ValueError: for an unknown name.
        """
        if chapter != "all" and chapter not in self.chapters:
            raise ValueError(f"chapter {chapter!r} is unknown; allowed: {', '.join(self.chapters)}, all")
        chosen = self.chapters.values() if chapter == "all" else [self.chapters[chapter]]
        every = [experiment for one in chosen for experiment in one.experiments()]
        return [experiment for k, experiment in enumerate(every) if experiment not in every[:k]]

    def shows(self, experiment: Experiment) -> bool:
        """Whether a page runs this configuration, be it with other trials, another seed or on another device."""
        again = {name: getattr(experiment, name) for name in ("trials", "seed", "device")}
        return any(dataclasses.replace(one, **again) == experiment for one in self.experiments())

    def findings(self, experiment: Experiment, ds: xr.Dataset) -> list[Finding]:
        """What an experiment's data set, with a dimension "trial", says about the statements of its chapter.

        Raises:
            ValueError: if the part has no findings for this class, or no page runs this configuration: statements are
                about what pages run.
        """
        home = next((one for one in self.chapters.values() if type(experiment) in one.findings), None)
        if home is None:
            raise ValueError(
                f"{self.name}/contents.py has no findings for {type(experiment).__name__}; "
                f"allowed: findings={{{type(experiment).__name__}: ...}} in its chapter"
            )
        if not self.shows(experiment):
            raise ValueError(f"no page runs {experiment}; allowed: the experiments of {self.name}/contents.py")
        return home.findings[type(experiment)](ds)

    def verdict(self, experiment: Experiment, ds: xr.Dataset) -> str:
        """`findings` in words, a line for each; one line that says so where no page runs this configuration."""
        shown = self.shows(experiment)
        silence = f"no verdict: no page runs {type(experiment).__name__} in this configuration"
        return report(self.findings(experiment, ds)) if shown else silence


def names() -> list[str]:
    """The parts of the book that the package holds, by the names of their folders."""
    return sorted(path.parent.name for path in PACKAGE.glob("*/contents.py"))


def of_chapter(name: str) -> Part:
    """The part that has a chapter such as "fan-out", found by the chapter's folder; only that part is imported.

    Raises:
        ValueError: for a name that no part has, or several have.
    """
    folder = name.replace("-", "_")
    homes = [one for one in names() if (PACKAGE / one / folder).is_dir()]
    if not homes:
        every = [chapter for one in names() for chapter in load(one).chapters]
        raise ValueError(f"chapter {name!r} is unknown; allowed: {', '.join(every)}, {', '.join(names())}, all")
    if len(homes) > 1:
        raise ValueError(f"chapter {name!r} is in {' and '.join(homes)}; allowed: one of these parts")
    return load(homes[0])


def evaluate(text: str, parts: Sequence[Part]) -> list[Experiment]:
    """The experiments that a figure names, such as "TaskCount(); Skew()".

    Raises:
        ValueError: if two experiments have one name, or the parts have none of a name.
    """
    kinds = [kind for part in parts for chapter in part.chapters.values() for kind in chapter.findings]
    scope = {kind.__name__: kind for kind in kinds}  # the text is our own chapters'
    if len(scope) < len(kinds):
        raise ValueError(f"two experiments have one name: {sorted(kind.__name__ for kind in kinds)}")
    try:
        return [eval(one, {"__builtins__": {}}, scope) for one in text.split(";")]
    except NameError as error:
        where, known = ", ".join(f"{part.name}/contents.py" for part in parts), ", ".join(scope)
        raise ValueError(f"data = {text}: no chapter of {where} has {error.name}; allowed: {known}") from None


def home(experiment: Experiment, parts: Sequence[Part]) -> tuple[Part, str]:
    """Who runs an experiment.

    Returns:
        (one of the parts, the name of its chapter).

    Raises:
        ValueError: if none does.
    """
    for part in parts:
        for chapter in part.chapters:
            if experiment in part.experiments(chapter):
                return part, chapter
    raise ValueError(f"{experiment}: no chapter runs it; allowed: the experiments of a part's contents.py")


def of_page(page: str) -> list[Part]:
    """The part whose folder a page such as "pretraining/steps" lies in; every part for a page that lies in none."""
    folder = page.partition("/")[0]
    return [load(name) for name in names() if name == folder or folder not in names()]


def load(name: str) -> Part:
    """Import the part in a folder; the others stay unread.

    Raises:
        ValueError: for an unknown name.
    """
    if name not in names():
        raise ValueError(f"part {name!r} is unknown; allowed: {', '.join(names())}")
    part: Part = importlib.import_module(f"mtlcore.{name}.contents").PART
    return part


def claims(wanted: Sequence[str] = ()) -> list[Claim]:
    """The claims of the book, or those of some parts or ids, each after those that it rests on.

    Raises:
        ValueError: for a name that is neither a claim nor a part.
    """
    by_part = {name: load(name).claims for name in names()}
    known = [*by_part, *(claim.id for every in by_part.values() for claim in every)]
    for name in wanted:
        if name not in known:
            raise ValueError(f"claim {name!r} is unknown; allowed: {', '.join(known)}")
    chosen = wanted or by_part
    return [claim for name, every in by_part.items() for claim in every if name in chosen or claim.id in chosen]
