"""What Part I has: its chapters with their experiments, what these say, and the claims."""

from mtlcore.lab.part import Chapter, Part
from mtlcore.pretraining.any_dimension.claims import CLAIMS as ANY_DIMENSION
from mtlcore.pretraining.any_dimension.far import FarDimensions
from mtlcore.pretraining.any_dimension.findings import far, same_law
from mtlcore.pretraining.any_dimension.same_law import SameLaw
from mtlcore.pretraining.downstream.claims import CLAIMS as DOWNSTREAM
from mtlcore.pretraining.downstream.dimensions import Dimensions, few_tasks, simulated, wide
from mtlcore.pretraining.downstream.findings import dimensions, sample_sizes
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes
from mtlcore.pretraining.end_to_end.claims import CLAIMS as END_TO_END
from mtlcore.pretraining.end_to_end.composed import EndToEnd
from mtlcore.pretraining.end_to_end.findings import composed, independence
from mtlcore.pretraining.end_to_end.independence import Independence
from mtlcore.pretraining.fan_out.claims import CLAIMS as FAN_OUT
from mtlcore.pretraining.fan_out.findings import fan_out, recursion
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion
from mtlcore.pretraining.limits.claims import CLAIMS as LIMITS
from mtlcore.pretraining.limits.controls import Controls
from mtlcore.pretraining.limits.every_task import EveryTask
from mtlcore.pretraining.limits.findings import controls, every_task, informative, one_task, random_features, scaling
from mtlcore.pretraining.limits.informative_task import InformativeTask
from mtlcore.pretraining.limits.one_task import OneTask
from mtlcore.pretraining.limits.random_features import RandomFeatures
from mtlcore.pretraining.limits.scaling import Scaling
from mtlcore.pretraining.pseudo_contrastive.claims import CLAIMS as PSEUDO_CONTRASTIVE
from mtlcore.pretraining.pseudo_contrastive.findings import contrastive_matrix
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.readings import empty_set
from mtlcore.pretraining.regime_map.claims import CLAIMS as REGIME_MAP
from mtlcore.pretraining.regime_map.decays import DecayMap
from mtlcore.pretraining.regime_map.findings import decay_map, sample_map
from mtlcore.pretraining.regime_map.samples import SampleMap
from mtlcore.pretraining.representation.claims import CLAIMS as REPRESENTATION
from mtlcore.pretraining.representation.findings import skew, task_count
from mtlcore.pretraining.representation.skew import Skew
from mtlcore.pretraining.representation.task_count import TaskCount
from mtlcore.pretraining.robustness.boolean_tasks import BooleanTasks
from mtlcore.pretraining.robustness.claims import CLAIMS as ROBUSTNESS
from mtlcore.pretraining.robustness.findings import boolean_tasks, input_laws, label_noise, noisy_step, second_layer
from mtlcore.pretraining.robustness.inputs import InputLaws
from mtlcore.pretraining.robustness.label_noise import LabelNoise, NoisyStep
from mtlcore.pretraining.robustness.second_layer import SecondLayer
from mtlcore.pretraining.shared_head.claims import CLAIMS as SHARED_HEAD
from mtlcore.pretraining.shared_head.findings import shared_head
from mtlcore.pretraining.shared_head.heads import SharedHead
from mtlcore.pretraining.steps.claims import CLAIMS as STEPS
from mtlcore.pretraining.steps.findings import (
    one_step,
    phases,
    sampled_dimensions,
    sampled_empty_set,
    sampled_heads,
    sampled_laws,
    sampled_tasks,
)
from mtlcore.pretraining.steps.one_step import OneStep
from mtlcore.pretraining.steps.phases import Phases
from mtlcore.pretraining.steps.sweeps import (
    SampledDimensions,
    SampledEmptySet,
    SampledHeads,
    SampledLaws,
    SampledTasks,
)

PART = Part(
    name="pretraining",
    title="Multi-task pretraining",
    chapters={
        "pseudo-contrastive": Chapter(
            experiments=lambda: [ContrastiveMatrix()],
            findings={ContrastiveMatrix: contrastive_matrix},
            claims=PSEUDO_CONTRASTIVE,
        ),
        "fan-out": Chapter(
            experiments=lambda: [
                FanOut(),
                FanOut(law="with the empty set"),
                FanOut(law="one feature left out", trials=5),
                Recursion(r=2),
                Recursion(r=3),
            ],
            findings={FanOut: fan_out, Recursion: recursion},
            claims=FAN_OUT,
        ),
        "representation": Chapter(
            experiments=lambda: [
                TaskCount(),
                TaskCount(law="with the empty set", trials=10),
                TaskCount(law="one feature left out", trials=10, T=(1, 4, 16, 64, 512)),
                Skew(),
            ],
            findings={TaskCount: task_count, Skew: skew},
            claims=REPRESENTATION,
        ),
        "steps": Chapter(
            experiments=lambda: [
                OneStep(r=2),
                OneStep(r=3),
                OneStep(r=4),
                SampledDimensions(),
                SampledEmptySet(),
                SampledTasks(),
                SampledHeads(),
                SampledLaws(),
                Phases(),
            ],
            findings={
                OneStep: one_step,
                SampledDimensions: sampled_dimensions,
                SampledEmptySet: sampled_empty_set,
                SampledTasks: sampled_tasks,
                SampledHeads: sampled_heads,
                SampledLaws: sampled_laws,
                Phases: phases,
            },
            claims=STEPS,
        ),
        "regime-map": Chapter(
            experiments=lambda: [DecayMap(), SampleMap()],
            findings={DecayMap: decay_map, SampleMap: sample_map},
            claims=REGIME_MAP,
        ),
        "shared-head": Chapter(
            experiments=lambda: [SharedHead()],
            findings={SharedHead: shared_head},
            claims=SHARED_HEAD,
        ),
        "downstream": Chapter(
            experiments=lambda: [Dimensions(), wide(), simulated(), SampleSizes()],
            findings={Dimensions: dimensions, SampleSizes: sample_sizes},
            claims=DOWNSTREAM,
        ),
        "any-dimension": Chapter(
            experiments=lambda: [SameLaw(), FarDimensions(), few_tasks()],
            findings={SameLaw: same_law, FarDimensions: far},
            claims=ANY_DIMENSION,
        ),
        "end-to-end": Chapter(
            experiments=lambda: [
                Independence(),
                Independence(r=3, m_hat=128, N=2000, trials=5),
                EndToEnd(),
                EndToEnd(d=(256,), N=(2**10, 2**12, 2**14, 2**16)),
                EndToEnd(d=(256,), m_hat=(16, 32, 64, 128, 256)),
                EndToEnd(d=(256,), lam=(0.01, 0.02, 0.05, 0.1, 0.2)),
                EndToEnd(d=(256,), r=3),
                EndToEnd(d=(256,), law="one feature left out"),
                EndToEnd(d=(256,), pretrained=False),
                EndToEnd(d=(16384,), trials=1),
            ],
            findings={Independence: independence, EndToEnd: composed},
            claims=END_TO_END,
        ),
        "limits": Chapter(
            experiments=lambda: [
                EveryTask(r=2),
                EveryTask(r=3),
                OneTask(),
                RandomFeatures(),
                InformativeTask(),
                Controls(),
                Scaling(),
            ],
            findings={
                EveryTask: every_task,
                OneTask: one_task,
                RandomFeatures: random_features,
                InformativeTask: informative,
                Controls: controls,
                Scaling: scaling,
            },
            claims=LIMITS,
        ),
        "robustness": Chapter(
            experiments=lambda: [LabelNoise(), NoisyStep(), InputLaws(), BooleanTasks(), SecondLayer()],
            findings={
                LabelNoise: label_noise,
                NoisyStep: noisy_step,
                InputLaws: input_laws,
                BooleanTasks: boolean_tasks,
                SecondLayer: second_layer,
            },
            claims=ROBUSTNESS,
        ),
    },
    readings=empty_set,
)
