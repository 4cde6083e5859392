"""What the second part has."""

from mtlcore.second.counting.claims import CLAIMS
from mtlcore.second.counting.experiment import Counting
from mtlcore.second.counting.findings import counting

from mtlcore.lab.part import Chapter, Part

PART = Part(
    name="second",
    title="Counting",
    chapters={"counting": Chapter(experiments=lambda: [Counting()], findings={Counting: counting}, claims=CLAIMS)},
)
