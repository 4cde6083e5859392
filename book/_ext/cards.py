"""Figure cards: under a figure what it says, whether it agrees with the paper, what it cost, and its files to take.

```{figure-card} fig-task-count
:data: TaskCount()

With more tasks the error falls further.
```

The experiments are those of the part in whose folder the page lies; a page elsewhere, such as the front page, may show
those of any part. The records come from the store, the picture from the cell that drew it. Nothing on a card is typed
but its sentence.
"""

import base64
import colorsys
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import xarray as xr
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from mtlcore.lab import store
from mtlcore.lab.comparisons import Finding
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.part import evaluate, home, of_page
from mtlcore.lab.record import tidy


def command(chapter: str) -> str:
    """The command line that computes a chapter's records, or reads them where they exist."""
    return f"python -m mtlcore run {chapter}"


def data_files(experiment: Experiment, ds: xr.Dataset, folder: Path) -> list[Path]:
    """Write an experiment's data set as CSV and Parquet and its record as JSON, unless they are there.

    A record's key names its numbers, so a file of that name is never out of date.
    """
    stem = folder / store.key(experiment)
    csv, parquet, record = (stem.with_suffix(suffix) for suffix in (".csv", ".parquet", ".json"))
    if not record.exists():
        table = tidy(ds)
        folder.mkdir(parents=True, exist_ok=True)
        table.to_csv(csv, index=False, float_format="%.7g")
        table.to_parquet(parquet, index=False)
        record.write_text(json.dumps(json.loads(ds.attrs["record"]), indent=2) + "\n", encoding="utf-8")
    return [csv, parquet, record]


def agreement(found: list[Finding]) -> str:
    """What the runs say about the paper's statements, in words."""
    paper = Counter(finding.outcome for finding in found if finding.source == "paper")
    if not paper:
        raise ValueError("compared, but no finding is about the paper; allowed: without `compared`")
    said = [f"{paper[word]} {word}" for word in ("consistent", "inconclusive", "inconsistent") if paper[word]]
    return f"Comparisons with the paper's statement: {', '.join(said)}."


def badge(shown: list[str], chosen: str = "") -> str:
    """The readings behind a figure in words, such as "without the empty set"; one of them if the figure chose it."""
    every = list(dict.fromkeys(shown))
    if chosen and chosen not in every:
        raise ValueError(f"the data are not {chosen!r}; allowed: {', '.join(every)}")
    return chosen or " and ".join(every)


def cost(record: dict) -> str:
    """Wall time, machine and day of a record, in words."""
    hardware, seconds = record["hardware"], record["seconds"]
    time = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
    where = f"{hardware['cores']} cores of {hardware['processor']}"
    if hardware["device"] != "cpu":
        where = f"{hardware['device']} beside {where}"
    return f"{record['configuration']['trials']} trials, {time} on {where}, {record['computed'][:10]}"


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance of a colour with parts between 0 and 1 (WCAG 2.1)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def on_dark(colour: str) -> str:
    """The colour of the same hue for a dark page: greys change places, others are lightened until they stand out."""
    rgb = tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(*rgb)
    if saturation < 0.05:
        light = 0.9 - 0.6 * light
    ground = luminance((0.078, 0.094, 0.118))
    while saturation >= 0.05 and (luminance(colorsys.hls_to_rgb(hue, light, saturation)) + 0.05) / (ground + 0.05) < 5:
        light += 0.01
    return "#" + "".join(f"{round(255 * part):02x}" for part in colorsys.hls_to_rgb(hue, light, saturation))


def dark(svg: str) -> str:
    """A picture drawn for a light page, in colours for a dark one."""
    svg = re.sub(r"#[0-9a-fA-F]{6}\b(?=[;\"'])", lambda match: on_dark(match[0]), svg)
    return svg.replace("<svg ", f'<svg fill="{on_dark("#000000")}" ', 1)  # text is black unless it says otherwise


def picture(notebook: dict, name: str) -> dict[str, str]:
    """The outputs of the cell that drew a figure, by media type."""
    for cell in notebook["cells"]:
        if cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") == name:
            for output in cell["outputs"]:
                if "image/svg+xml" in output.get("data", {}):
                    return output["data"]
    raise ValueError(f"figure-card {name}: no cell above draws a figure of this name as SVG")


class FigureCard(SphinxDirective):
    """The directive `figure-card NAME` with a sentence as content.

    Its option `data` names the experiments; `compared` says that the paper speaks of them and this figure shows it;
    `only` names the reading that the figure shows where its data hold several.
    """

    required_arguments = 1
    has_content = True
    option_spec = {"data": directives.unchanged_required, "compared": directives.flag, "only": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """The card, or one line that says what is wrong."""
        (name,) = self.arguments
        try:
            return [self.card(name)]
        except (ValueError, KeyError, TypeError) as error:
            raise self.error(f"figure-card {name}: {error}") from None

    def card(self, name: str) -> nodes.Node:
        """The card of a figure."""
        parts = of_page(self.env.docname)
        runs = [(experiment, store.get(experiment)) for experiment in evaluate(self.options["data"], parts)]
        homes = [home(run, parts) for run, _ in runs]
        folder = Path(self.env.app.outdir).parent / "figures"
        card = nodes.container(classes=["figure-card"])
        self.state.nested_parse(self.content, self.content_offset, card)
        readings = [reading for (part, _), pair in zip(homes, runs, strict=True) for reading in part.readings(*pair)]
        if words := badge(readings, self.options.get("only", "")):
            card += nodes.paragraph("", "", nodes.inline("", words, classes=["reading"]))
        if "compared" in self.options:
            pairs = zip(homes, runs, strict=True)
            found = [finding for (part, _), (run, ds) in pairs for finding in part.findings(run, ds)]
            card += nodes.paragraph("", agreement(found))
        rows = []
        for run, ds in runs:
            record = json.loads(ds.attrs["record"])
            rows.append((f"Run {run.name}" if len(runs) > 1 else "Run", [nodes.Text(cost(record))]))
        commands = dict.fromkeys(command(chapter) for _, chapter in homes)
        rows.append(("Rebuild", [node for line in commands for node in (nodes.literal(line, line), nodes.Text(" "))]))
        for run, ds in runs:
            title = f"Data of {run.name}" if len(runs) > 1 else "Data"
            rows.append((title, list(self.links(data_files(run, ds, folder), ("CSV", "Parquet", "record (JSON)")))))
        rows.append(("Picture", list(self.links(self.pictures(name, folder), ("SVG", "SVG for dark pages", "PDF")))))
        card += nodes.raw("", "<details><summary>Data, picture, command</summary>", format="html")
        card += field_list(rows)
        card += nodes.raw("", "</details>", format="html")
        return card

    def pictures(self, name: str, folder: Path) -> list[Path]:
        """Write the picture in its three forms."""
        data = picture(self.state.document["nb_renderer"].renderer.nb_client.notebook, name)
        folder.mkdir(parents=True, exist_ok=True)
        light, night, print_out = (folder / f"{name}{end}" for end in (".svg", "-dark.svg", ".pdf"))
        light.write_text(data["image/svg+xml"], encoding="utf-8")
        night.write_text(dark(data["image/svg+xml"]), encoding="utf-8")
        print_out.write_bytes(base64.b64decode(data["application/pdf"]))
        return [light, night, print_out]

    def links(self, files: list[Path], names: tuple[str, ...]) -> Iterator[nodes.Node]:
        """Download links; Sphinx copies the files and makes the addresses."""
        here = Path(self.env.doc2path(self.env.docname)).parent
        for file, name in zip(files, names, strict=True):
            target = file.relative_to(here.anchor).as_posix()
            up = "../" * (len(here.parts) - 1)
            yield addnodes.download_reference("", name, reftarget=up + target, refdoc=self.env.docname)
            yield nodes.Text(" ")


def field_list(rows: list[tuple[str, list[nodes.Node]]]) -> nodes.Node:
    """A list of terms and what is said of each."""
    out = nodes.definition_list(classes=["simple"])
    for term, parts in rows:
        definition = nodes.definition("", nodes.paragraph("", "", *parts))
        out += nodes.definition_list_item("", nodes.term(term, term), definition)
    return out


def two_themes(app, doctree):
    """Give every drawn figure a second picture for the dark theme."""
    for image in list(doctree.findall(nodes.image)):
        if not (image["uri"].endswith(".svg") and "jupyter_execute" in image["uri"]):
            continue
        path = Path(app.env.relfn2path(image["uri"], app.env.docname)[1])
        night = path.with_name(path.stem + "-dark.svg")
        night.write_text(dark(path.read_text(encoding="utf-8")), encoding="utf-8")
        other = image.deepcopy()
        other["uri"] = image["uri"].removesuffix(".svg") + "-dark.svg"
        other["ids"], other["names"] = [], []
        other["classes"] = [*image["classes"], "only-dark"]
        image["classes"] = [*image["classes"], "only-light"]
        image.parent.insert(image.parent.index(image) + 1, other)


def setup(app):
    """Register the extension with Sphinx."""
    app.add_directive("figure-card", FigureCard)
    app.connect("doctree-read", two_themes, priority=100)  # before Sphinx collects the images
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}
