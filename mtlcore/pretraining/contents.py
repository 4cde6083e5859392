"""What Part I has: its chapters with their experiments, what these say, and the claims."""

from mtlcore.lab.part import Chapter, Part
from mtlcore.pretraining.downstream import claims as downstream_claims
from mtlcore.pretraining.downstream import findings as downstream_findings
from mtlcore.pretraining.downstream.dimensions import Dimensions
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes
from mtlcore.pretraining.end_to_end import claims as end_to_end_claims
from mtlcore.pretraining.end_to_end import findings as end_to_end_findings
from mtlcore.pretraining.end_to_end.independence import Independence
from mtlcore.pretraining.fan_out import claims as fan_out_claims
from mtlcore.pretraining.fan_out import findings as fan_out_findings
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion
from mtlcore.pretraining.limits import claims as limits_claims
from mtlcore.pretraining.limits import findings as limits_findings
from mtlcore.pretraining.limits.controls import Controls
from mtlcore.pretraining.limits.informative_task import InformativeTask
from mtlcore.pretraining.limits.random_features import RandomFeatures
from mtlcore.pretraining.limits.scaling import Scaling
from mtlcore.pretraining.pseudo_contrastive import claims as pseudo_contrastive_claims
from mtlcore.pretraining.pseudo_contrastive import findings as pseudo_contrastive_findings
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.representation import claims as representation_claims
from mtlcore.pretraining.representation import findings as representation_findings
from mtlcore.pretraining.representation.skew import Skew
from mtlcore.pretraining.representation.task_count import TaskCount
from mtlcore.pretraining.shared_head import claims as shared_head_claims
from mtlcore.pretraining.shared_head import findings as shared_head_findings
from mtlcore.pretraining.shared_head.heads import SharedHead
from mtlcore.pretraining.steps import claims as steps_claims
from mtlcore.pretraining.steps import findings as steps_findings
from mtlcore.pretraining.steps.finite_step import FiniteStep
from mtlcore.pretraining.steps.one_step import OneStep
from mtlcore.pretraining.steps.phases import Phases

PART = Part(
    name="pretraining",
    title="Multi-task pretraining",
    chapters={
        "pseudo-contrastive": Chapter(
            experiments=lambda: [ContrastiveMatrix()],
            findings={ContrastiveMatrix: pseudo_contrastive_findings.contrastive_matrix},
            claims=pseudo_contrastive_claims.CLAIMS,
        ),
        "fan-out": Chapter(
            experiments=lambda: [FanOut(), Recursion(r=2), Recursion(r=3)],
            findings={FanOut: fan_out_findings.fan_out, Recursion: fan_out_findings.recursion},
            claims=fan_out_claims.CLAIMS,
        ),
        "representation": Chapter(
            experiments=lambda: [TaskCount(), TaskCount(empty=True, trials=10), Skew()],
            findings={TaskCount: representation_findings.task_count, Skew: representation_findings.skew},
            claims=representation_claims.CLAIMS,
        ),
        "steps": Chapter(
            experiments=lambda: [*(OneStep(r=r) for r in (2, 3, 4)), FiniteStep(), Phases()],
            findings={
                OneStep: steps_findings.one_step,
                FiniteStep: steps_findings.finite_step,
                Phases: steps_findings.phases,
            },
            claims=steps_claims.CLAIMS,
        ),
        "shared-head": Chapter(
            experiments=lambda: [SharedHead()],
            findings={SharedHead: shared_head_findings.shared_head},
            claims=shared_head_claims.CLAIMS,
        ),
        "downstream": Chapter(
            experiments=lambda: [Dimensions(), SampleSizes()],
            findings={Dimensions: downstream_findings.dimensions, SampleSizes: downstream_findings.sample_sizes},
            claims=downstream_claims.CLAIMS,
        ),
        "end-to-end": Chapter(
            experiments=lambda: [Independence(), Independence(r=3, m_hat=128, N=2000, trials=5)],
            findings={Independence: end_to_end_findings.independence},
            claims=end_to_end_claims.CLAIMS,
        ),
        "limits": Chapter(
            experiments=lambda: [RandomFeatures(), InformativeTask(), Controls(), Scaling()],
            findings={
                RandomFeatures: limits_findings.random_features,
                InformativeTask: limits_findings.informative,
                Controls: limits_findings.controls,
                Scaling: limits_findings.scaling,
            },
            claims=limits_claims.CLAIMS,
        ),
    },
)
