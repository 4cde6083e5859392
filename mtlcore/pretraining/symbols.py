"""From symbols to code: every argument of the mathematical modules, its symbol and its meaning."""

import ast
from pathlib import Path

import pandas as pd

PACKAGE = Path(__file__).parent
#: The modules whose public arguments the table must hold.
MATHEMATICS = ("features", "metrics", "tasks", "network", "algorithm", "probe", "contrastive", "theory/*")

#: Argument name, symbol in the text (empty if it has none), meaning.
SYMBOLS: tuple[tuple[str, str, str], ...] = (
    ("x", "x", "inputs"),
    ("d", "d", "input dimension"),
    ("M", "M", "hidden subspace, orthonormal rows"),
    ("r", "r", "number of features"),
    ("z", "z = Mx", "hidden coordinates of an input"),
    ("code", "S", "a subset of features, as an integer"),
    ("codes", "v", "orthants (signs of Mx) or subsets, as integers"),
    ("S", "S", "a subset of features, as their indices"),
    ("subsets", "S", "several subsets of features"),
    ("k", r"\lvert S\rvert", "size of a subset, degree of a parity"),
    ("degree", "l", "degree of a spherical harmonic"),
    ("size", "", "how many vertices, subsets or features"),
    ("tables", "f_i", "labels of tasks in each orthant"),
    ("table", "f", "labels of one task in each orthant"),
    ("y", "y", "labels of samples"),
    ("law", r"\pi", "a law over tasks"),
    ("pi", r"\pi(S)", "probability of each parity"),
    ("probs", r"\pi", "probability of each task"),
    ("weights", "", "unnormalised probabilities of the parities"),
    ("empty", r"\emptyset", "whether the empty set is in the law"),
    ("pi_empty", r"\pi(\emptyset)", "probability of the empty set"),
    ("pi_single", r"\pi(\{j\})", "probability of a singleton"),
    ("theta", r"\theta_j", "probability that a feature is in the subset"),
    ("base", "", "weight ratio of subsets that differ by one feature in size"),
    ("exponent", "s", "exponent of Zipf's law"),
    ("order", "", "subsets from most to least frequent"),
    ("T", "T", "number of tasks"),
    ("n", "n", "samples per task"),
    ("n1", "n_1", "samples per task of the head step"),
    ("n2", "n_2", "samples per task of the representation step"),
    ("m", "m", "number of neurons"),
    ("W", "W", "first-layer weights"),
    ("w", "w", "one neuron's weights"),
    ("b", "b", "biases"),
    ("a", "a_i", "heads"),
    ("h", "h", "activations; in theory a neuron's correlation with a parity"),
    ("p", "p = Mw", "a neuron's weights on the features"),
    ("p1", "p_1", "weight on the first of two features"),
    ("p2", "p_2", "weight on the second of two features"),
    ("q", "q", "a neuron's length outside row(M)"),
    ("rho", r"\rho", "a neuron's length"),
    ("Q", "Q", "length of what a neuron has outside the features of S"),
    ("u", "u", "direction of an affine head"),
    ("V", "V", "orthonormal rows of a learned subspace"),
    ("eta", r"\eta", "step size"),
    ("eta_b", r"\eta_b", "step size of the biases"),
    ("lam_w", r"\lambda_w", "weight decay of the first layer"),
    ("lam_a", r"\lambda_a", "weight decay of the heads"),
    ("lam", r"\hat\lambda_a", "weight decay of a downstream head"),
    ("nu_w", r"\nu_w", "initial scale of the first layer"),
    ("nu_a", r"\nu_a", "initial scale of the heads"),
    ("kappa", r"\kappa", r"what a head has learned of its correlations: $a = \kappa h$"),
    ("eta_kappa", r"\eta\kappa", "the product of both"),
    ("heads", "", "one head for each task or one for all; in theory their values"),
    ("reset", "", "whether heads start from zero in every iteration"),
    ("same_batch", "", "whether both steps use one batch"),
    ("fixed_samples", "", "whether every iteration sees the same samples"),
    ("hyper", "", "step sizes, decays and scales together"),
    ("model", "", "one network to pretrain"),
    ("models", "", "several networks by name"),
    ("state", "(W, b, a)", "the parameters of the networks"),
    ("steps", "t", "number of iterations"),
    ("every", "", "iterations between two records"),
    ("first", "g_i", "directions or inputs of the head step"),
    ("second", "g'_i", "directions or inputs of the representation step"),
    ("A", "A", "matrix of the pseudo-contrastive loss"),
    ("beta", r"\beta", "average agreement of two points' labels"),
    ("c_perp", r"c_\perp", "amplification outside row(M)"),
    ("delta", r"\delta_j", "extra amplification on a feature"),
    ("alpha", r"\alpha", "average of A on row(M)"),
    ("gamma", r"\gamma", "average of A outside row(M)"),
    ("on", "", "amplification on row(M)"),
    ("off", "", "amplification outside row(M)"),
    ("by_p", r"\partial_j h_S", "derivative of a correlation by $p_j$"),
    ("c", r"c_S", "coefficient of $w$ in the gradient of $h_S$"),
    ("C", "", "products of tasks' Fourier coefficients, averaged over the law"),
    ("f", "f_S", "Fourier coefficients of a target"),
    ("found", "", "a neuron's coefficients, computed before"),
    ("rates", "g", "growth per step"),
    ("eps", r"\varepsilon", "a target ratio"),
    ("t", "t", "a threshold"),
    ("level", "", "largest coordinate that a construction covers"),
    ("L", "L", "half width of a construction"),
    ("K", "K", "number of terms of a series"),
    ("step", r"\Delta", "spacing of a grid of biases"),
    ("share", "", "share of the energy to be captured"),
    ("points", "", "number of points to be labelled"),
    ("dimension", "", "number of features of a linear classifier"),
    ("m_hat", r"\hat m", "downstream neurons, or features"),
    ("samples", "N", "inputs per half-step, or downstream samples"),
    ("N", "N", "number of samples"),
    ("test_samples", "", "fresh samples that measure accuracy"),
    ("bias", "", "scale of the fresh downstream biases"),
    ("count", "", "how many neurons to average over"),
    ("seed", "", "an experiment's seed"),
    ("trials", "", "indices of several trials"),
    ("generator", "", "a stream of random numbers"),
    ("device", "", "torch device"),
    ("dtype", "", "float32 or float64"),
    ("on_step", "", "called after every iteration"),
)


def used() -> dict[str, set[str]]:
    """Every public argument and field of the mathematical modules, and where it occurs.

    Returns:
        Names of modules by argument name.
    """
    found: dict[str, set[str]] = {}

    def note(name: str, path: Path) -> None:
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")
        found.setdefault(name, set()).add(module)

    for path in (path for pattern in MATHEMATICS for path in sorted(PACKAGE.glob(f"{pattern}.py"))):
        tree = ast.parse(path.read_text())
        public = [node for node in tree.body if not getattr(node, "name", "_").startswith("_")]
        for node in [inner for outer in public for inner in (outer, *getattr(outer, "body", []))]:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                for argument in (*node.args.args, *node.args.kwonlyargs):
                    note(argument.arg, path)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.col_offset:
                note(node.target.id, path)
    found.pop("self", None)
    return found


def table() -> pd.DataFrame:
    """The table of symbols, with the modules that use each.

    Returns:
        One row for each argument: its symbol, meaning, name and modules.
    """
    where = used()
    rows = [
        (
            f"${symbol}$" if symbol else "",
            meaning,
            f"`{name}`",
            ", ".join(f"`{m}`" for m in sorted(where.get(name, ()))),
        )
        for name, symbol, meaning in SYMBOLS
    ]
    return pd.DataFrame(rows, columns=["symbol", "meaning", "in the code", "modules"])


def markdown() -> str:
    """The table of symbols for a page.

    Returns:
        A Markdown table.
    """
    frame = table()
    lines = [list(frame.columns), ["---"] * len(frame.columns), *frame.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)
