"""Find results that were typed into the text instead of injected from the run.

python tests/numbers_in_prose.py                  the pages of the book
python tests/numbers_in_prose.py PAGE.md ...      these files

Text is prose, tables, captions and alt texts, with the mathematics inside a line. Code, displayed formulas, roles
(so whatever `glue` injects), targets of links, and numbers of figures, theorems and versions are no text.

In it a number may be typed if it was given to the computation, and not if it came out of it:

1. A decimal, a percentage or a power of ten is a result, unless its sentence names the setting that has this value: by
   its symbol (`\\eta`, `\\lambda_w`, ...) or in the words of `WORDS`. The values are those of the package's
   configurations.
2. A whole number above `COUNT` is a result, unless some configuration has it, or the page's own code does; in
   mathematics only one that a symbol equals.
3. A whole number after "about" or an approximate sign, before "times", "-fold", "of the N trials" or a unit of time or
   memory, or after ± is a result whatever its size; so are such factors and small fractions in words.
4. A number of trials or of neurons is that of an experiment on its page: of one that its code or a card makes; in a
   caption, of one that the figure's own card shows.
5. What is neither, such as a constant of mathematics or a value that the paper states, carries its reason: a comment
   `% given: REASON` above the paragraph or directive, or `# given: REASON` above a cell's caption or alt text.
   A reason that excuses nothing is a fault as well.

What it cannot see: a result that happens to be a setting's value, such as "from T = 16 on", and results in words.
"""

import ast
import dataclasses
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pages import Page, pages, read

from mtlcore.lab import comparisons, experiment
from mtlcore.pretraining import symbols
from mtlcore.pretraining.algorithm import ROBUST, STATED, STATED_R4
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.probe import Probe, train_heads

#: Whole numbers up to this one are counts: of features, tasks in a list, panels.
COUNT = 12
#: Settings by what a sentence may call them, beside their symbols.
WORDS = {
    "eta": r"step size",
    "eta_b": r"bias(es)?\b",
    "lam": r"regulariser|penalty",
    "bias": r"\bbias(es)?\b|N\(0,",
    "nu_a": r"initial heads",
}
SPELLED = "two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty|hundred|thousand"
NUMERALS = dict(zip(SPELLED.split("|"), (*range(2, 11), 12, 20, 50, 100, 1000), strict=True))
UNITS = r"s|ms|seconds?|minutes?|hours?|days?|[KMGT]i?B|megabytes?|gigabytes?"
NUMBER = r"(?<![\w.,^_{\\])[-−]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?"
ABOUT = r"(?:\b(?:about|around|roughly|nearly|almost|approximately|some)\s|≈|\\approx)\s*(?:\$?[^.\d$]{0,12}[$ ])?"
MORE = "as|more|less|fewer|larger|smaller|longer|shorter|higher|lower|faster|slower|bigger|better|worse"
#: Rule 3: what is a result whatever its size, and why.
ALWAYS = {
    "an error": rf"(?:±|\\pm)\s*{NUMBER}(?![\^\d])",
    "an estimate": rf"{ABOUT}{NUMBER}(?![\^\d])",
    "a factor": rf"(?i)\b(?:\d[\d.,]*|{SPELLED})(?:[- ]?fold| times (?:{MORE}))\b|\ba factor of \$?\d[\d.,]*",
    "a share": rf"\b(?:\d+|{SPELLED}) (?:out )?of (?:the )?\d+ (?:trials|runs|seeds|networks|draws)\b",
    "a cost": rf"{NUMBER}\s?(?:{UNITS})\b",
    "a fraction in words": r"\b(?:ten-thousandth|thousandth|hundredth)s?\b",
}
DECIMAL = re.compile(
    r"(?<![\w.])[-−]?\d+\.\d+(?:e[-+]?\d+)?(?:\s*\\?%)?|(?<![\w.])\d+\s*(?:\\?%|percent)|10\^\{?-\d+\}?"
)
WHOLE = re.compile(r"(?<![\w.,^_{\\/-])\d+(?:,\d{3})*(?![\w.]*\d|[\w^]|-\w)")
NO_NUMBER = re.compile(
    r"\b(?:Figures?|Theorems?|Remarks?|Propositions?|Appendix|Sections?|Chapters?|Parts?|Lines?|Python|CC BY|BSD"
    r"|version|parts in)\s+(?:\d[\d,]*(?:\.\d+)*)(?:(?:,? and|,|,? or| to| \(\w+\) and)\s+\d+(?:\.\d+)*)*"
)
#: What stands right before a result.
MEASURED = re.compile(
    r"\b(?:errors?|accurac(?:y|ies)|ratio|gap|ends?|falls?|rises?|reach(?:es)?|drops?)\b[^,;:()]{0,25}$"
)
#: Rule 4: what an experiment may call them.
COUNTED = {"trials": ("trials",), "neurons": ("m", "m_hat")}
COUNT_OF = re.compile(rf"(?<![\w.,^_{{\\])(\d+|{SPELLED})\$?(?: ReLU| random| downstream)? (trials|neurons)\b")
GIVEN = re.compile(r"^\s*[%#] given:\s*\S")


class Fault(NamedTuple):
    """A number that may be a result."""

    page: str
    line: int
    literal: str
    why: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.literal} ({self.why}): {self.sentence}"


def _values(value: object) -> Iterator[float]:
    """The numbers inside a field of a configuration."""
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _values(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


@cache
def configured() -> dict[str, set[float]]:
    """The values of every setting, by the names that the package gives them."""
    found: dict[str, set[float]] = {
        "CPU_BLOCK": {experiment.Experiment.cpu_block},
        "SURE": {comparisons.SURE},
        "table": {2.0**16},
    }
    experiments = PART.experiments()
    nested = [hyper for e in experiments for hyper in (*getattr(e, "settings", {}).values(), getattr(e, "hyper", None))]
    for record in (STATED, STATED_R4, ROBUST, *experiments, *filter(None, nested)):
        for field in dataclasses.fields(record):
            found.setdefault(field.name, set()).update(_values(getattr(record, field.name)))
    for function in (train_heads, Probe):
        for name, parameter in inspect.signature(function).parameters.items():
            found.setdefault(name, set()).update(_values(parameter.default))
    found["orthants"] = {2**r - one for r in found["r"] for one in (0, 1)}
    return found


@cache
def _named() -> list[tuple[str, re.Pattern]]:
    """What each setting is called in a sentence."""
    latex = {name: symbol for name, symbol, _ in symbols.SYMBOLS if symbol.startswith("\\")}
    calls = [(name, re.compile(re.escape(symbol) + r"(?![a-zA-Z])")) for name, symbol in latex.items()]
    return calls + [(name, re.compile(words)) for name, words in WORDS.items()]


def _given(sentence: str, place: int, literal: str) -> bool:
    """Whether a sentence names a setting that has this value, and not just before it what a run measures."""
    if not re.fullmatch(r"\d+\.\d+", literal) or MEASURED.search(sentence[:place]):
        return False
    return any(float(literal) in configured().get(name, ()) for name, words in _named() if words.search(sentence))


def _blank(pattern: str, text: str, flags: int = 0) -> str:
    """Put spaces in the place of what matches, so that what is left keeps its place and its line."""
    return re.sub(pattern, lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=flags)


def strip(text: str) -> str:
    """A page's text without what is no prose, every character left in its place."""
    text = _blank(r"^(?::::*|```+).*$|^:[\w-]+:.*$|^\([\w-]+\)=$|^\s*% .*$", text, re.M)
    text = _blank(r"\$\$.*?\$\$(?: \([\w-]+\))?", text, re.S)
    text = _blank(r"\{[\w:]+\}`[^`]*`%?", text)  # a glued percentage has its sign outside
    text = _blank(r"`[^`]+`", text)
    text = _blank(r"(?<=\])\([^()\s]*\)|https?://\S+", text)
    text = _blank(r"^\s*\d+\.(?=\s)", text, re.M)  # the number of an item
    return _blank(NO_NUMBER.pattern, text)


def literals(sentence: str, own: set[float]) -> Iterator[tuple[int, str, str]]:
    """(place, number, why) of the results in a sentence; `own` are the numbers of the page's code."""
    taken: list[range] = []

    def new(found: re.Match) -> bool:
        fresh = not any(found.start() < span.stop and span.start < found.end() for span in taken)
        taken.append(range(*found.span()))
        return fresh

    for found in DECIMAL.finditer(sentence):
        if not _given(sentence, found.start(), found[0]) and new(found):
            yield found.start(), found[0], "a decimal or a percentage"
        else:
            new(found)
    for why, pattern in ALWAYS.items():
        for found in re.finditer(pattern, sentence):
            if new(found):
                yield found.start(), found[0].strip(), why
    known = own.union(*configured().values())
    for found in WHOLE.finditer(sentence):
        value = float(found[0].replace(",", ""))
        formula = sentence.count("$", 0, found.start()) % 2 and not re.search(r"=\s*$", sentence[: found.start()])
        if value > COUNT and value not in known and not formula and new(found):
            yield found.start(), found[0], "a whole number that no configuration has"


def _made(code: str) -> dict[str, set[float]]:
    """How many trials and neurons some code's experiments have, and what it says itself: `m=32`, `range(3)` trials."""
    kinds = {type(experiment).__name__: type(experiment) for experiment in PART.experiments()}
    found: dict[str, set[float]] = {what: set() for what in COUNTED}
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        kind = getattr(call.func, "id", "")
        given = {word.arg: word.value for word in call.keywords}
        if kind in ("range", "slice"):
            given["trials"] = call.args[0]
        shown = vars(kinds[kind]()) if kind in kinds else {}
        for what, name in ((what, name) for what, names in COUNTED.items() for name in names):
            if isinstance(given.get(name), ast.Constant | ast.Tuple):
                found[what].update(_values(ast.literal_eval(given[name])))
            elif name in shown:
                found[what].update(_values(shown[name]))
    return found


def counts(page: Page) -> Iterator[Fault]:
    """The numbers of trials and neurons in a page's text that nothing on the page has."""
    raw = page.path.read_text(encoding="utf-8")
    cards = dict(re.findall(r"^```\{figure-card\} (\S+)\n:data: (.*)$", raw, re.M))
    codes = ["\n".join(line for line in cell.code if line[:1] not in "%!") for cell in page.cells]
    whole = _made("\n".join([*codes, *cards.values()]))
    captions = {
        cell.picture["caption"]: cell.picture.get("name", "") for cell in page.cells if "caption" in cell.picture
    }
    for line, text, raw, reason in _passages(page):
        has = _made(cards[captions[raw]]) if captions.get(raw) in cards else whole
        after = sum(cell.line <= line for cell in page.cells)
        beside = {float(number) for code in codes[max(after - 1, 0) : after + 1] for number in re.findall(r"\d+", code)}
        for found in COUNT_OF.finditer(text if has["trials"] and not reason else ""):
            number = NUMERALS.get(found[1]) or int(found[1])
            few = found[2] == "neurons" and number <= COUNT  # some of them
            if not few and number not in has[found[2]] | beside:
                at, why = line + text.count("\n", 0, found.start()), f"no experiment here has as many {found[2]}"
                yield Fault(str(page), at, found[1], why, " ".join(raw.split()))


def _end(rows: list[str], start: int, whole: bool) -> int:
    """Where the paragraph ends that starts here, or the `whole` directive."""
    fence = re.match(r"\s*(:::+|```+)", rows[start]) if whole else None
    for number in range(start + 1, len(rows)):
        if rows[number].strip() == fence[1] if fence else not rows[number].strip() or GIVEN.match(rows[number]):
            return number
    return len(rows)


def _passages(page: Page) -> Iterator[tuple[int, str, str, int | None]]:
    """(line, text, raw text, line of the reason that excuses it) of every paragraph, caption and alt text."""
    raw, text = page.text, strip("\n".join(page.text)).split("\n")
    number = 0
    while number < len(raw):
        reason = number + 1 if GIVEN.match(raw[number]) else None
        start = min(number + bool(reason), len(raw) - 1)
        number = _end(raw, start, whole=bool(reason))
        yield start + 1, "\n".join(text[start:number]), "\n".join(raw[start:number]), reason
    for cell in page.cells:
        for name in ("caption", "alt"):
            place = next((k for k, row in enumerate(cell.header) if row.strip().startswith(f"{name}:")), None)
            if place is not None:
                line = cell.line + 2 + place
                reason = line - 1 if place and GIVEN.match(cell.header[place - 1]) else None
                yield line, strip(cell.picture[name]), cell.picture[name], reason


def faults(page: Page) -> list[Fault]:
    """The results that a page's text has typed in, and the reasons that excuse nothing."""
    code = re.sub(r"(?<=\d)_(?=\d)", "", "\n".join(line for cell in page.cells for line in cell.code))
    own = {float(number) for number in re.findall(r"(?<![\w.])\d+(?![\w.])", code)}
    found = []
    for line, text, raw, reason in _passages(page):
        here, start = [], 0
        for end in [*(gap.start() for gap in re.finditer(r"(?<=[.!?])\s+(?=\S)", text)), len(text)]:
            sentence = text[start:end]
            for place, literal, why in literals(sentence.replace("\n", " "), own):
                at = line + text.count("\n", 0, start + place)
                here.append(Fault(str(page), at, literal, why, " ".join(raw[start:end].split())))
            start = end
        if reason is None:
            found += here
        elif not here:
            found.append(Fault(str(page), reason, "% given", "excuses nothing", " ".join(raw.split())[:80]))
    return [*found, *counts(page)]


def main(names: list[str]) -> int:
    """Print the faults of some pages, by default all; the exit status."""
    listed = [fault for page in [read(Path(name).resolve()) for name in names] or pages() for fault in faults(page)]
    print(*listed, f"{len(listed)} numbers", sep="\n")
    return bool(listed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
