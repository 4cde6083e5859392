"""The algorithm and the population formulas once more, written from the text of the chapters: one network, NumPy only.

A subset S is a tuple of feature indices, a law over parities a dictionary {S: pi(S)}, a batch an array of shape
(task, sample, dim). There is one network at a time: W of shape (m, d), b of shape (m,) and heads a of shape (T, m), or
(1, m) for one shared head. References in brackets are labels in the chapters.
"""

import math
from itertools import combinations, product

import numpy as np

# ---------------------------------------------------------------- data and tasks


def signs(x, M):
    """The features v = sign(Mx) [eq-features]."""
    return np.where(x @ M.T > 0, 1.0, -1.0)


def parity(S, v):
    """chi_S(v) = prod_{j in S} v_j, 1 for the empty set [eq-parity]."""
    return v[..., list(S)].prod(-1)


def label(tasks, x, M):
    """Labels of a batch: the i-th block of samples gets the i-th task [alg-pretrain]."""
    return np.stack([parity(S, signs(block, M)) for S, block in zip(tasks, x, strict=True)])


def subsets(r, empty=False):
    """The subsets of r features, without the empty one by default [set-tasks]."""
    return [S for k in range(not empty, r + 1) for S in combinations(range(r), k)]


def weighted(weights):
    """The law with these weights, made to sum to one."""
    return {S: weight / sum(weights.values()) for S, weight in weights.items()}


def uniform(r, empty=False):
    """[set-tasks]."""
    return weighted({S: 1 for S in subsets(r, empty)})


def by_size(r, base):
    """Small sets (base 1/2), large sets (base 3) [fig-skew]."""
    return weighted({S: base ** len(S) for S in subsets(r)})


def zipf(order, exponent):
    """The k-th subset of an order with weight k^-exponent [fig-skew]."""
    return weighted({S: k**-exponent for k, S in enumerate(order, 1)})


def independent_features(theta, empty=False):
    """Each feature is in S by a coin of its own, given that S is not empty [fig-skew]."""
    chance = {S: [t if j in S else 1 - t for j, t in enumerate(theta)] for S in subsets(len(theta), empty)}
    return weighted({S: math.prod(factors) for S, factors in chance.items()})


def beta(law, v, other):
    """E_S[chi_S(v) chi_S(v')] for all pairs of two lists of orthants [eq-contrastive]."""
    return sum(prob * np.outer(parity(S, v), parity(S, other)) for S, prob in law.items())


def all_draws(law, T):
    """Every possible draw of T tasks with its probability."""
    for tasks in product(law, repeat=T):
        yield tasks, math.prod(law[S] for S in tasks)


# ---------------------------------------------------------------- network and algorithm


def hidden(W, b, x):
    """sigma(Wx + b) [eq-network]."""
    return np.maximum(x @ W.T + b, 0)


def loss(W, b, a, x, y, lam_w=0.0, lam_a=0.0):
    """Mean over the tasks of hinge loss and penalty of the head, plus the penalty of W [eq-loss]."""
    total = 0.0
    for i in range(len(x)):
        head = a[i % len(a)]
        total += np.maximum(1 - y[i] * (hidden(W, b, x[i]) @ head), 0).mean() + lam_a / 2 * head @ head
    return total / len(x) + lam_w / 2 * (W**2).sum()


def active(F, y):
    """The signal s: the label where the hinge is active, else 0 [alg-pretrain]."""
    return np.where(y * F < 1, y, 0.0)


def head_step(W, b, a, x, y, eta, lam_a):
    """Step 4.2: each head on its own task; a shared head on the mean over the tasks [alg-pretrain]."""
    pulls = []
    for i in range(len(x)):
        h = hidden(W, b, x[i])
        pulls.append(active(h @ a[i % len(a)], y[i]) @ h / len(h))
    pull = np.array(pulls) if len(a) == len(x) else np.mean(pulls, axis=0)
    return (1 - eta * lam_a) * a + eta * pull


def representation_step(W, b, a, x, y, eta, eta_b, lam_w):
    """Step 4.4: W on the mean over all tasks and samples, b without decay [alg-pretrain]."""
    pull_W, pull_b = np.zeros_like(W), np.zeros_like(b)
    for i in range(len(x)):
        h, head = hidden(W, b, x[i]), a[i % len(a)]
        each = active(h @ head, y[i])[:, None] * head * (h > 0) / h.shape[0] / len(x)
        pull_W += each.T @ x[i]
        pull_b += each.sum(0)
    return (1 - eta * lam_w) * W + eta * pull_W, b + eta_b * pull_b


def pretrain(W, b, a, tasks, M, draws, hyper, reset=False, same_batch=False, fixed_samples=False):
    """(W, b, a) after each iteration, on given pairs of batches [alg-pretrain, set-variants]."""
    eta, eta_b, lam_w, lam_a = hyper
    for pair in draws:
        x1, x2 = draws[0] if fixed_samples else pair
        x2 = x1 if same_batch else x2
        a = np.zeros_like(a) if reset else a
        a = head_step(W, b, a, x1, label(tasks, x1, M), eta, lam_a)
        W, b = representation_step(W, b, a, x2, label(tasks, x2, M), eta, eta_b, lam_w)
        yield W, b, a


def probe(W, biases, S, M, x, x_test, steps, eta=0.1, lam=0.01):
    """Accuracy and mean hinge loss of a new head for the parity of S [down-probe]."""
    rows = W / math.sqrt((W**2).sum(1).mean())
    V = np.array([rows[j % len(rows)] for j in range(len(biases))])
    h, y = hidden(V, biases, x), parity(S, signs(x, M))
    a = np.zeros(len(biases))
    for _ in range(steps):
        a = (1 - eta * lam) * a + eta * active(h @ a, y) @ h / len(h)
    margins = parity(S, signs(x_test, M)) * (hidden(V, biases, x_test) @ a)
    return (margins > 0).mean(), np.maximum(1 - margins, 0).mean()


# ---------------------------------------------------------------- measures


def projections(W, M):
    """P_V, V the span of the r leading right singular vectors of W, and P_M [rep-error]."""
    V = np.linalg.svd(W, full_matrices=False)[2][: len(M)]
    return V.T @ V, M.T @ M


def error(W, M):
    """Sine of the largest principal angle: for spaces of one dimension the norm of P_V - P_M [eq-error]."""
    P_V, P_M = projections(W, M)
    return np.linalg.norm(P_V - P_M, 2)


def missed(W, M):
    """Mean squared sine [eq-missed]."""
    P_V, P_M = projections(W, M)
    return 1 - np.trace(P_V @ P_M) / len(M)


# ---------------------------------------------------------------- the loss of pairs, and A from samples


def pair_loss(h, agreement):
    """L(W) = -E[beta(x, x') h . h'] over all pairs of points [eq-contrastive]."""
    n = len(h)
    return -sum(agreement[k, j] * (h[k] @ h[j]) for k in range(n) for j in range(n)) / n**2


def directions(w, x, y):
    """g_i = E[f_i(x) 1{w . x > 0} x], from samples [con-A]."""
    return np.array([(labels * (block @ w > 0)) @ block / len(block) for block, labels in zip(x, y, strict=True)])


def sampled_A(head, representation):
    """A_T = (1/T) sum_i g'_i g_i^T: the row space belongs to the head step, g' to the representation step [con-A]."""
    return sum(np.outer(g2, g1) for g1, g2 in zip(head, representation, strict=True)) / len(head)


# ---------------------------------------------------------------- one neuron, infinitely many samples

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)
LINE = np.concatenate([-4.25 * (1 + NODES), 4.25 * (1 + NODES)])  # two half lines, cut where a Gaussian is below 1e-16
SIGNED = np.sign(LINE) * np.tile(4.25 * WEIGHTS, 2) * np.exp(-(LINE**2) / 2) / math.sqrt(2 * math.pi)
erf = np.vectorize(math.erf, otypes=[float])


def moments(S, w, M, b=0.0):
    """h_S = E[chi_S sigma(w . x + b)], its gradient by w and its derivative by b, from their definition [con-exact].

    A product rule over the hidden coordinates in S. The rest of w, of length Q > 0, sees one Gaussian number more,
    which is integrated by hand: E relu(u + Q g) = u Phi(u/Q) + Q phi(u/Q).
    """
    p = M @ w
    rest = w - sum(p[j] * M[j] for j in S)
    Q = np.linalg.norm(rest)
    z = np.meshgrid(*[LINE] * len(S), indexing="ij")
    weight = math.prod(np.meshgrid(*[SIGNED] * len(S), indexing="ij")) * np.ones(())
    u = b + sum(p[j] * z_j for j, z_j in zip(S, z, strict=True))
    Phi, phi = (1 + erf(u / Q / math.sqrt(2))) / 2, np.exp(-((u / Q) ** 2) / 2) / math.sqrt(2 * math.pi)
    inside = sum((weight * z_j * Phi).sum() * M[j] for j, z_j in zip(S, z, strict=True))
    return (weight * (u * Phi + Q * phi)).sum(), rest / Q * (weight * phi).sum() + inside, (weight * Phi).sum()


def correlation(p, rho, b=0.0):
    """h_S for a non-empty S whose features have the weights p, by the integral of the text [prop-hS]."""
    Q = math.sqrt(rho**2 - p @ p)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    unit, fine = (1 + nodes) / 2, weights / 2  # a rule on [0, 1]
    t = 9 * unit / Q
    integrand = np.exp(-((Q * t) ** 2) / 2) / t**2
    for p_j in p:  # exp(-x^2 / 2) erfi(x / sqrt 2), written so that nothing overflows
        x = p_j * t
        integrand = integrand * math.sqrt(2 / math.pi) * x * (np.exp(-np.outer(x**2, 1 - unit**2) / 2) @ fine)
    wave = (1j ** len(p) * np.exp(1j * t * b)).real
    return (len(p) == 1) * p[0] / math.sqrt(2 * math.pi) - 9 / Q * (wave * integrand) @ fine / math.pi


def matrix_A(w, M, law, b=0.0):
    """A(w) = sum_S pi(S) grad h_S grad h_S^T [eq-exact-A]."""
    gradients = {S: moments(S, w, M, b)[1] for S in law}
    return sum(prob * np.outer(gradients[S], gradients[S]) for S, prob in law.items())


def drift(target, w, M):
    """h_f grad h_f for one head on f = sum_S f_S chi_S; a shared head has f_S = pi(S) [eq-rank-one, prop-nae]."""
    found = {S: moments(S, w, M) for S in target}
    h, gradient = (sum(f * found[S][k] for S, f in target.items()) for k in (0, 1))
    return h * gradient


def step(w, moved, eta, lam_w, kappa):
    """w+ = (1 - eta lam_w) w + eta kappa A(w) w, with A(w) w or another drift given [eq-con-step]."""
    return (1 - eta * lam_w) * w + eta * kappa * moved


def factors(w, M, law):
    """c_perp and delta_j of A w = c_perp w + sum_j delta_j p_j M_j [eq-con-split]."""
    moved, p = matrix_A(w, M, law) @ w, M @ w
    outside = w - M.T @ p
    c = moved @ outside / (outside @ outside)
    return c, M @ moved / p - c


def recursion(p, q, law, steps, eta, lam_w, lam_a):
    """The path of one neuron's (p, q) from zero heads [eq-fan-recursion]."""
    r, heads, path = len(p), dict.fromkeys(law, 0.0), [(p, q)]
    for _ in range(steps):
        c, along = 0.0, np.zeros(r)
        for S, prob in law.items():
            h, gradient, _ = moments(S, np.append(p, q), np.eye(r, r + 1))
            heads[S] = (1 - eta * lam_a) * heads[S] + eta * h
            slope = gradient[r] / q  # d_rho h / rho: all that a gradient has outside row(M)
            c += prob * heads[S] * slope
            along = along + prob * heads[S] * (gradient[:r] - slope * p)
        p, q = (1 - eta * lam_w + eta * c) * p + eta * along, (1 - eta * lam_w + eta * c) * q
        path.append((p, q))
    return path


# ---------------------------------------------------------------- what the chapters derive from it


def lam_w_star(law, eta, kappa, n=None):
    """The weight decay at which one step forgets the part outside; n: one batch for both [eq-steps-star, rem-star]."""
    mu = law.get((), 0.0) / (2 * math.pi)
    return 1 / eta + kappa * (mu if n is None else (1 - 1 / n) * mu + 1 / (2 * n))


def Lambda(law, lam_w, lam_a):
    """Weight decay in units of a feature's growth [eq-con-lambda]."""
    return 2 * math.pi * lam_a * lam_w / law[(0,)]


def one_batch(A, n):
    """E A_T from one batch for both steps [eq-same-batch]."""
    return (1 - 1 / n) * A + np.eye(len(A)) / (2 * n)


def step_noise(w, M, law, T, n1, n2, eta, kappa):
    """E (u . Delta w)^2 [eq-steps-noise]."""
    H = sum(prob * moments(S, w, M)[0] ** 2 for S, prob in law.items())
    return (eta * kappa) ** 2 / (2 * T * n2) * (H * (1 - 1 / n1) + w @ w / (2 * n1))


def growth(keep, mu, eta, lam_a):
    """Per step, of x+ = keep x + eta mu a+ with the head a+ = (1 - eta lam_a) a + eta x [prop-rates]."""
    keep_a = 1 - eta * lam_a
    return keep if mu == 0 else max(np.linalg.eigvals([[keep_a, eta], [eta * mu * keep_a, keep + eta**2 * mu]]).real)


def rates(law, eta, lam_w, lam_a):
    """(g_q, g_p) [eq-steps-rates]."""
    g_q = growth(1 - eta * lam_w, law.get((), 0.0) / (2 * math.pi), eta, lam_a)
    return g_q, growth(g_q, law[(0,)] / (2 * math.pi), eta, lam_a)


def steps_to(epsilon, d, r, g_q, g_p):
    """How long a random start takes to q / |p| = epsilon [eq-steps-time]."""
    return math.log(math.sqrt((d - r) / r) / epsilon) / math.log(g_p / g_q)


def affine_accuracy(S, u, c):
    """One half plus the derivative by c of E[chi_S sigma(u . z + c)] [prop-affine-accuracy]."""
    return 0.5 + moments(S, u, np.eye(len(u)), c)[2]


def affine_hinge(S, u, c):
    """E(1 - chi_S (u . z + c))_+, split by the value of chi_S [prop-second-layer]."""
    low, high = [[moments(S_, sign * u, np.eye(len(u)), 1 + sign * c)[0] for S_ in ((), S)] for sign in (-1, 1)]
    return (low[0] + low[1] + high[0] - high[1]) / 2


def parity_head(z, S, L, grid_step):
    """Cosines or sines along the diagonals s, one of s and -s, interpolated linearly; all |z_j| <= L [thm-witness]."""
    k, out = len(S), 0.0
    grid = np.linspace(-k * L, k * L, round(2 * k * L / grid_step) + 1)
    for s in product([1], *[[-1, 1]] * (k - 1)):
        wave = 2j * np.sin(math.pi / L * grid) if k % 2 else 2 * np.cos(math.pi / L * grid)  # s and -s together
        values = (math.prod(s) * (2j) ** -k * wave).real
        out = out + np.interp(z[:, list(S)] @ np.array(s), grid, values)
    return out


def labelings(points, dimension):
    """Cover's recursion C(n, m) = C(n-1, m) + C(n-1, m-1) with C(1, m) = 2, C(n, 1) = 2 [thm-r-costs]."""
    if points == 1 or dimension == 1:
        return 2
    return labelings(points - 1, dimension) + labelings(points - 1, dimension - 1)


def harmonics(d, degree):
    """N(d, l): monomials of degree l less those of degree l - 2 [thm-random-features]."""
    monomials = [math.comb(d + k - 1, k) if k >= 0 else 0 for k in (degree, degree - 2)]
    return monomials[0] - monomials[1]


def leading_weight(d, k):
    """|f_k|^2 of a parity of k features [thm-random-features]."""
    gamma = math.lgamma
    return (2 / math.pi) ** k * math.exp(gamma(d / 2) + gamma(d / 2 + k) - 2 * gamma((d + k) / 2))
