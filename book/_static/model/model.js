/* The playground's mathematics: draws, algorithm, error, recursion and regimes, as in the package `mtlcore`.

   One function, so that its source can be handed to a worker (browsers let no page that is opened from disk load a
   worker from a file) and called in a test. Matrices are flat Float64Arrays, row by row. M = [I_r, 0]: the hidden
   subspace is spanned by the first r coordinates. Subsets and orthants are integers; bit j stands for feature j. */

function mtlModel() {
  "use strict";

  // ---- Draws: the package's Philox4x64-10 and its table of 65,536 Gaussian values. A 64-bit word is two halves.

  /** The hash of each purpose's name, low half first: the first 8 bytes of its SHA-256. */
  const PURPOSES = {
    "first layer": [0xd1242c36, 0xa93917f1],
    heads: [0x42c20b5c, 0x8cf11a3c],
    inputs: [0x23153832, 0xc99731e6],
    tasks: [0x08545108, 0x5927744c],
  };

  /** The high half of the product of two halves. Rounding mends the double, which is off by 2^-21 at most. */
  const highHalf = (x, y) => (((x >>> 0) * (y >>> 0) - (Math.imul(x, y) >>> 0)) / 4294967296 + 0.5) >>> 0;

  const product = new Int32Array(4);
  /** The 128 bits of a product of two words, as four halves in `product`, lowest first. */
  function multiply(xLow, xHigh, yLow, yHigh) {
    const second = highHalf(xLow, yLow) + (Math.imul(xLow, yHigh) >>> 0) + (Math.imul(xHigh, yLow) >>> 0);
    const carried = Math.floor(second / 4294967296);
    const third = highHalf(xLow, yHigh) + highHalf(xHigh, yLow) + (Math.imul(xHigh, yHigh) >>> 0) + carried;
    product[0] = Math.imul(xLow, yLow);
    product[1] = second;
    product[2] = third;
    product[3] = highHalf(xHigh, yHigh) + Math.floor(third / 4294967296);
    return product;
  }

  /** The draws of a seed's first trial. A purpose and a turn have numbers of their own, as in `mtlcore.lab.draws`. */
  class Draws {
    constructor(seed) {
      this.halves = new Int32Array(8); // of the four words of a block, low halves first
      this.keys = new Int32Array(40); // of the ten rounds: the two words of a round, low halves first
      for (let round = 0; round < 10; round++) {
        const low = [seed + round * 0x7f4a7c15, round * 0x84caa73b];
        const high = [round * 0x9e3779b9, round * 0xbb67ae85].map((x, i) => x + Math.floor(low[i] / 4294967296));
        this.keys.set([low[0], high[0], low[1], high[1]], 4 * round);
      }
    }

    /** Make a block of four words; the first of a draw is number 1. */
    block(purpose, turn, number) {
      const { halves, keys } = this;
      let low0 = number, high0 = 0, low1 = turn, high1 = 0, low2 = 0, high2 = 0; // the third word is the trial
      let [low3, high3] = PURPOSES[purpose];
      for (let key = 0; key < 40; key += 4) {
        multiply(0xe14c6c93, 0xd2e7470e, low0, high0);
        const a = product[0], b = product[1], c = product[2], d = product[3];
        multiply(0x95121157, 0xca5a8263, low2, high2);
        low0 = product[2] ^ low1 ^ keys[key];
        high0 = product[3] ^ high1 ^ keys[key + 1];
        low1 = product[0];
        high1 = product[1];
        low2 = c ^ low3 ^ keys[key + 2];
        high2 = d ^ high3 ^ keys[key + 3];
        low3 = a;
        high3 = b;
      }
      halves[0] = low0;
      halves[1] = high0;
      halves[2] = low1;
      halves[3] = high1;
      halves[4] = low2;
      halves[5] = high2;
      halves[6] = low3;
      halves[7] = high3;
      return halves;
    }

    /** Numbers in [0, 1), each with the 53 upper bits of a word. */
    uniform(purpose, count) {
      return Array.from({ length: count }, (_, i) => {
        if (i % 4 === 0) this.block(purpose, 0, i / 4 + 1);
        const [low, high] = this.halves.subarray(2 * (i % 4));
        return ((high >>> 0) * 2097152 + (low >>> 11)) / 9007199254740992;
      });
    }

    /** Fill an array with Gaussian numbers, each looked up by 16 bits. */
    normal(purpose, out, turn = 0) {
      const { halves } = this;
      const table = gaussianTable();
      for (let at = 0; at < out.length; at += 16) {
        this.block(purpose, turn, at / 16 + 1);
        const end = Math.min(16, out.length - at);
        for (let i = 0; i < end; i++) out[at + i] = table[(halves[i >> 1] >>> (16 * (i & 1))) & 65535];
      }
      return out;
    }
  }

  let table;
  /** The means of N(0, 1) in its 2^16 quantile bins, scaled to variance 1. */
  function gaussianTable() {
    if (table) return table;
    const half = 32768;
    const density = new Float64Array(half + 1); // exp(-x^2 / 2) at the quantiles (1/2 + k / 2^16)
    density[0] = 1;
    for (let k = 1, x = 0; k < half; k++) {
      const wanted = (k / 65536) * Math.sqrt(2 * Math.PI);
      x += Math.sqrt(2 * Math.PI) / 65536 / density[k - 1];
      for (let round = 0; round < 8; round++) {
        const slope = Math.exp((-x * x) / 2);
        let term = x, mass = x; // the integral of exp(-x^2 / 2) is that density times sum_k x^(2k+1) / (2k+1)!!
        for (let n = 3; term > 1e-18 * mass; n += 2) mass += term *= (x * x) / n;
        const gap = (slope * mass - wanted) / slope;
        x -= gap / (1 + (gap * x) / 2); // Halley's step
        if (Math.abs(gap) < 1e-12) break;
      }
      density[k] = Math.exp((-x * x) / 2);
    }
    table = new Float64Array(65536);
    let square = 0;
    for (let k = 0; k < half; k++) square += 2 * (density[k] - density[k + 1]) ** 2;
    const deviation = Math.sqrt(square / 65536);
    for (let k = 0; k < half; k++) {
      table[half + k] = Math.fround((density[k] - density[k + 1]) / deviation);
      table[half - 1 - k] = -table[half + k];
    }
    return table;
  }

  // ---- Tasks: parities, and laws over them.

  const bits = (x) => (x === 0 ? 0 : (x & 1) + bits(x >> 1));

  /** The parity of a subset in an orthant: +1 or -1. */
  const parity = (subset, orthant, r) => (bits(subset & ~orthant & (2 ** r - 1)) % 2 ? -1 : 1);

  const WEIGHTS = {
    uniform: (S) => (S ? 1 : 0),
    empty: () => 1,
    small: (S) => (S ? 0.5 ** bits(S) : 0),
    large: (S) => (S ? 3 ** bits(S) : 0),
    zipf: (S) => (S ? 1 / S : 0),
    singles: (S) => (bits(S) === 1 ? 1 : 0),
    pairs: (S) => (bits(S) === 2 ? 1 : 0),
  };

  /** Probability of each subset. */
  function lawOf(name, r) {
    const weights = Array.from({ length: 2 ** r }, (_, S) => WEIGHTS[name](S));
    const total = weights.reduce((sum, x) => sum + x);
    return weights.map((x) => x / total);
  }

  /** T subsets drawn from a law. */
  function drawTasks(law, T, draws) {
    const edges = [];
    law.slice(0, -1).reduce((sum, x) => edges[edges.push(sum + x) - 1], 0);
    return draws.uniform("tasks", T).map((u) => {
      const found = edges.findIndex((edge) => u < edge);
      return found < 0 ? law.length - 1 : found;
    });
  }

  // ---- The network and the algorithm.

  /** Gaussian W and heads, zero biases. */
  function initialNet({ T, d, m, heads, nu_w, nu_a }, draws) {
    const scaled = (purpose, size, scale) => draws.normal(purpose, new Float64Array(size)).map((z) => scale * z);
    const count = heads === "task" ? T : 1;
    const W = scaled("first layer", m * d, nu_w);
    return { T, d, m, count, W, a: scaled("heads", count * m, nu_a), b: new Float64Array(m) };
  }

  /** Labels of a batch: task i owns the rows i n .. (i + 1) n - 1. */
  function labels(x, subsets, n, d, r) {
    const y = new Int8Array(subsets.length * n);
    const signs = Array.from({ length: 2 ** r }, (_, S) => Array.from({ length: 2 ** r }, (_, v) => parity(S, v, r)));
    for (let i = 0; i < y.length; i++) {
      let orthant = 0;
      for (let j = 0; j < r; j++) if (x[i * d + j] > 0) orthant |= 1 << j;
      y[i] = signs[subsets[Math.floor(i / n)]][orthant];
    }
    return y;
  }

  /** Hidden activations relu(Wx + b) of one input, into `h`. */
  function activate(net, b, x, at, h) {
    const { d, m, W } = net;
    const whole = d - (d % 4);
    for (let j = 0; j < m; j++) {
      let s0 = b[j], s1 = 0, s2 = 0, s3 = 0, k = 0;
      for (let w = j * d, i = at; k < whole; k += 4, w += 4, i += 4) {
        s0 += W[w] * x[i];
        s1 += W[w + 1] * x[i + 1];
        s2 += W[w + 2] * x[i + 2];
        s3 += W[w + 3] * x[i + 3];
      }
      for (; k < d; k++) s0 += W[j * d + k] * x[at + k];
      const sum = s0 + s1 + (s2 + s3);
      h[j] = sum > 0 ? sum : 0;
    }
  }

  /** Call `use(row, task, label)` for each sample whose hinge is active, its activations in `h`; return how many. */
  function eachActive(net, x, y, n, h, use) {
    const { d, m, a, b } = net;
    let active = 0;
    for (let i = 0; i < y.length; i++) {
      activate(net, b, x, i * d, h);
      const task = net.count === 1 ? 0 : Math.floor(i / n);
      let f = 0;
      for (let j = 0; j < m; j++) f += a[task * m + j] * h[j];
      if (y[i] * f < 1) {
        active++;
        use(i, task, y[i]);
      }
    }
    return active;
  }

  /** One gradient step of every head; a shared head takes the mean over the tasks. */
  function headStep(net, x, y, n, { eta, lam_a }) {
    const { m } = net;
    const h = new Float64Array(m);
    const gradient = new Float64Array(net.a.length);
    eachActive(net, x, y, n, h, (row, task, label) => {
      for (let j = 0; j < m; j++) gradient[task * m + j] += label * h[j];
    });
    const samples = net.count === 1 ? net.T * n : n;
    for (let k = 0; k < net.a.length; k++) net.a[k] = (1 - eta * lam_a) * net.a[k] + (eta * gradient[k]) / samples;
  }

  /** One gradient step of W and of the biases; returns the share of samples whose hinge was active. */
  function representationStep(net, x, y, n, { eta, eta_b, lam_w }) {
    const { d, m, a } = net;
    const h = new Float64Array(m);
    const byW = new Float64Array(m * d);
    const byB = new Float64Array(m);
    const active = eachActive(net, x, y, n, h, (row, task, label) => {
      for (let j = 0; j < m; j++) {
        if (h[j] <= 0) continue;
        const signal = label * a[task * m + j];
        byB[j] += signal;
        for (let k = j * d, i = row * d; k < (j + 1) * d; k++, i++) byW[k] += signal * x[i];
      }
    });
    for (let k = 0; k < byW.length; k++) net.W[k] = (1 - eta * lam_w) * net.W[k] + (eta * byW[k]) / y.length;
    for (let j = 0; j < m; j++) net.b[j] += (eta_b * byB[j]) / y.length;
    return active / y.length;
  }

  /** One iteration: the head step on the first batch, the representation step on the second, n1 and n2 per task. */
  function iterate(net, subsets, r, hyper, first, n1, second, n2) {
    headStep(net, first, labels(first, subsets, n1, net.d, r), n1, hyper);
    return representationStep(net, second, labels(second, subsets, n2, net.d, r), n2, hyper);
  }

  // ---- How close W is to the hidden subspace.

  /** Turn the rows of a matrix against each other until they are orthogonal (one-sided Jacobi); largest first. */
  function orthogonalRows(matrix, d) {
    const rows = Array.from({ length: matrix.length / d }, (_, i) => matrix.slice(i * d, (i + 1) * d));
    const dot = (u, v) => {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += u[k] * v[k];
      return sum;
    };
    for (let sweep = 0, turned = true; turned && sweep < 40; sweep++) {
      turned = false;
      for (let i = 0; i < rows.length; i++)
        for (let j = i + 1; j < rows.length; j++) {
          const [u, v] = [rows[i], rows[j]];
          const [uu, vv, uv] = [dot(u, u), dot(v, v), dot(u, v)];
          if (Math.abs(uv) <= 1e-15 * Math.sqrt(uu * vv)) continue;
          turned = true;
          const half = (vv - uu) / (2 * uv);
          const tan = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.hypot(1, half));
          const cos = 1 / Math.hypot(1, tan);
          for (let k = 0; k < d; k++) {
            const x = u[k];
            u[k] = cos * (x - tan * v[k]);
            v[k] = cos * (tan * x + v[k]);
          }
        }
    }
    return rows.map((row) => ({ row, norm: Math.sqrt(dot(row, row)) })).sort((x, y) => y.norm - x.norm);
  }

  /** Sine of the largest angle between row(M) and the span of the r leading right singular vectors of W. */
  function subspaceError(W, d, r) {
    const leading = orthogonalRows(W, d).slice(0, r);
    const outside = new Float64Array(r * d); // M - M V^T V
    for (let j = 0; j < r; j++) {
      outside[j * d + j] = 1;
      for (const { row, norm } of leading)
        if (norm > 0) for (let k = 0; k < d; k++) outside[j * d + k] -= (row[j] / norm) * (row[k] / norm);
    }
    return Math.min(1, orthogonalRows(outside, d)[0].norm);
  }

  /** Each neuron's weights p on the features and its length q outside row(M). */
  function split(W, d, r) {
    const m = W.length / d;
    const p = new Float64Array(m * r);
    const q = new Float64Array(m);
    for (let j = 0; j < m; j++) {
      for (let k = 0; k < r; k++) p[j * r + k] = W[j * d + k];
      q[j] = Math.hypot(...W.subarray(j * d + r, (j + 1) * d));
    }
    return { p, q };
  }

  const mean = (values) => values.reduce((sum, x) => sum + x, 0) / values.length;

  /** Mean length of the neurons inside and outside row(M). */
  function lengths({ p, q }, r) {
    return { p: mean(Array.from(q, (_, j) => Math.hypot(...p.subarray(j * r, (j + 1) * r)))), q: mean(q.map(Math.abs)) };
  }

  /** The share of the energy inside row(M): of each neuron, and of all together. */
  function energy({ p, q }, r) {
    const inside = Array.from(q, (_, j) => Math.hypot(...p.subarray(j * r, (j + 1) * r)) ** 2);
    const whole = inside.map((x, j) => x + q[j] ** 2);
    return { shares: inside.map((x, j) => x / whole[j] || 0), all: mean(inside) / mean(whole) || 0 };
  }

  // ---- The population limit at bias zero: Fourier coefficients of a neuron, the recursion, Lambda.

  const STEPS = 16; // nodes of the Dawson function per unit
  let nodes;
  /** Dawson's function exp(-x^2) Int_0^x exp(t^2) dt of x >= 0: Taylor's series about the next node. */
  function dawson(x) {
    if (x > 6.5) {
      const y = 1 / (2 * x * x);
      let term = 1, sum = 1;
      for (let n = 1; Math.abs(term) > 1e-17 && n < 40; n += 2) sum += term *= n * y;
      return sum / (2 * x);
    }
    nodes ??= Array.from({ length: 6.5 * STEPS + 1 }, (_, k) => {
      const z = k / STEPS;
      let term = z, sum = z;
      for (let n = 1; term > 1e-18 * sum; n++) sum += (term *= (z * z) / n) / (2 * n + 1);
      const c = [sum * Math.exp(-z * z)];
      c.push(1 - 2 * z * c[0]);
      for (let n = 1; n < 12; n++) c.push((-2 * (z * c[n] + c[n - 1])) / (n + 1));
      return c;
    });
    const k = Math.round(x * STEPS);
    const gap = x - k / STEPS;
    return nodes[k].reduceRight((sum, c) => sum * gap + c, 0);
  }

  /** h_S = E[chi_S relu(w.x)], its slopes in p_j at fixed rho = |w|, and c_S = (1/rho) d_rho h_S, for each subset. */
  function coefficients(p, q) {
    const r = p.length;
    const rho = Math.hypot(...p, q);
    const found = Array.from({ length: 2 ** r }, () => ({ h: 0, byP: new Float64Array(r), c: 0 }));
    const half = 1 / Math.sqrt(2 * Math.PI);
    found[0].h = rho * half;
    found[0].c = half / rho;
    for (let S = 1; S < found.length; S++) {
      const members = [...p.keys()].filter((j) => (S >> j) & 1);
      if (members.length === 1) {
        found[S].h = p[members[0]] * half;
        found[S].byP[members[0]] = half;
      } else if (members.length === 2) {
        pair(found[S], p, members, Math.hypot(q, ...p.filter((_, j) => !members.includes(j))), rho);
      } else if (members.length === 4) {
        integrate(found[S], p, members, q, rho);
      } // an odd set of three or more has no correlation with a neuron without bias
    }
    return found;
  }

  function pair(out, p, [i, j], Q, rho) {
    const scale = 2 / Math.PI / Math.sqrt(2 * Math.PI);
    const small = Math.min(Math.abs(p[i]), Math.abs(p[j]));
    const large = Math.max(Math.abs(p[i]), Math.abs(p[j]));
    const sign = Math.sign(p[i]) * Math.sign(p[j]);
    const gap = (small ** 2 + Q ** 2) / (rho + large); // rho - large, without cancellation
    const both = Math.atan2(small * large, Q * rho);
    const tilt = Math.atan2(small * Q * gap, Q ** 2 * rho + small ** 2 * large); // atan2(small, Q) - both
    out.h = sign * scale * (small * Math.atan2(large, Q) + large * tilt - gap * both);
    out.byP[i] = scale * Math.atan2(p[j], Q);
    out.byP[j] = scale * Math.atan2(p[i], Q);
    out.c = (-scale * sign * both) / rho;
  }

  /** A set of four features: one integral over t, by equal steps in log t, which converge exponentially. */
  function integrate(out, p, members, rest, rho) {
    const step = 1 / 8;
    const direction = members.map((j) => p[j] / rho);
    const Q = rest / rho;
    const smallest = Math.min(...direction.filter((x) => x).map(Math.abs));
    const end = Math.log(Math.min(Math.max(Math.min(11 / Q, Math.exp(1 + 37 / 3) / smallest), 1), 1e150));
    const D = new Float64Array(4);
    for (let u = -37 / 3; u < end + step; u += step) {
      const t = Math.exp(u);
      const wave = (-step / Math.PI) * Math.exp((-Q * Q * t * t) / 2);
      for (let k = 0; k < 4; k++) {
        const z = (direction[k] * t) / Math.SQRT2;
        D[k] = ((2 / Math.sqrt(Math.PI)) * dawson(Math.abs(z))) * Math.sign(z);
      }
      const product = wave * D[0] * D[1] * D[2] * D[3];
      out.h += (rho * product) / t;
      out.c -= (product * t) / rho;
      for (let k = 0; k < 4; k++) {
        let others = wave * Math.sqrt(2 / Math.PI);
        for (let l = 0; l < 4; l++) if (l !== k) others *= D[l];
        out.byP[members[k]] += others;
      }
    }
  }

  /** One step of the exact recursion of every neuron (p, q and the head sums a_S), in place.

      `pi` holds the probability of each parity; with a shared head the tasks act through their mean. */
  function recursionStep(state, pi, shared, { eta, lam_w, lam_a }) {
    const r = state.p.length / state.q.length;
    const size = 2 ** r;
    for (let n = 0; n < state.q.length; n++) {
      const p = state.p.slice(n * r, (n + 1) * r);
      const found = coefficients(p, Math.abs(state.q[n]));
      const target = shared ? found.reduce((sum, { h }, S) => sum + pi[S] * h, 0) : 0;
      const along = new Float64Array(r);
      let c = 0;
      for (let S = 0; S < size; S++) {
        const a = (1 - eta * lam_a) * state.a[n * size + S] + eta * pi[S] * (shared ? target : found[S].h);
        state.a[n * size + S] = a;
        c += a * found[S].c;
        for (let j = 0; j < r; j++) along[j] += a * found[S].byP[j];
      }
      const keep = 1 - eta * lam_w + eta * c;
      for (let j = 0; j < r; j++) state.p[n * r + j] = keep * p[j] + eta * along[j];
      state.q[n] *= keep;
    }
  }

  /** What the recursion starts from: the network's neurons, and the sums of its heads over tasks of each parity. */
  function recursionStart(net, subsets, r, pi) {
    const size = 2 ** r;
    const a = new Float64Array(net.m * size);
    for (let n = 0; n < net.m; n++)
      if (net.count === 1) for (let S = 0; S < size; S++) a[n * size + S] = pi[S] * net.a[n];
      else subsets.forEach((S, i) => (a[n * size + S] += net.a[i * net.m + n] / net.T));
    return { ...split(net.W, net.d, r), a };
  }

  /** A first layer with the recursion's p and q, each neuron's part outside still pointing where it started. */
  function recursionLayer(state, W0, q0, d, r) {
    const W = W0.slice();
    for (let j = 0; j < q0.length; j++) {
      for (let k = 0; k < r; k++) W[j * d + k] = state.p[j * r + k];
      for (let k = r; k < d; k++) W[j * d + k] *= state.q[j] / q0[j];
    }
    return W;
  }

  /** Lambda, its neutral values and the regime's name for a uniform law over parities; null for another law. */
  function regime(name, r, lam_w, lam_a) {
    if (name !== "uniform" && name !== "empty") return null;
    const empty = name === "empty" ? 1 : 0;
    const unit = 1 / (2 * Math.PI * (2 ** r - 1 + empty));
    const p = new Float64Array(r).fill(r ** -0.5);
    let aligned = 0;
    coefficients(p, 0).forEach(({ h, byP, c }, S) => (aligned += (S ? 1 : empty) * h * (c + byP[0] / p[0])));
    const edges = [empty, empty + 1, 2 * Math.PI * aligned];
    const names = ["both grow", "features grow", "aligned neurons grow", "everything decays"];
    return { Lambda: (lam_w * lam_a) / unit, edges, name: names[edges.filter((x) => lam_w * lam_a >= x * unit).length] };
  }

  // ---- What a reader may ask for, and the run itself.

  const WHOLE = { T: [1, 512], d: [2, 128], r: [1, 4], m: [1, 32], samples: [1, 8192], seed: [0, 4294967295] };
  const NUMBER = { lam_w: [0, 5], lam_a: [0, 5], eta: [0, 1], eta_b: [0, 1], nu_w: [1e-6, 1], nu_a: [0, 1] };
  const CHOICE = { law: Object.keys(WEIGHTS), heads: ["task", "shared"], overlay: ["tasks", "law", "off"] };

  /** One line on the first value that no run could use, naming it and what is allowed; "" when all can be used. */
  function complaint(config) {
    for (const [name, [low, high]] of Object.entries({ ...WHOLE, ...NUMBER })) {
      const whole = name in WHOLE;
      const value = config[name];
      if (typeof value !== "number" || !(value >= low && value <= high) || (whole && !Number.isInteger(value)))
        return `${name} = ${Number.isNaN(value) ? "nothing" : value}; allowed: ${whole ? "a whole number" : "a number"} from ${low} to ${high}`;
    }
    for (const [name, allowed] of Object.entries(CHOICE))
      if (!allowed.includes(config[name])) return `${name} = ${config[name]}; allowed: ${allowed.join(", ")}`;
    if (config.r >= config.d) return `r = ${config.r} features; allowed: fewer than d = ${config.d}`;
    if (config.samples < config.T) return `samples = ${config.samples}; allowed: at least one for each of T = ${config.T} tasks`;
    if (config.law === "pairs" && config.r < 2) return "r = 1 feature has no pairs; allowed with this law: r from 2 to 4";
    return "";
  }

  /** A run: `advance()` is one iteration, `record()` what to draw of its present state. */
  function simulation(config) {
    const refused = complaint(config);
    if (refused) throw new RangeError(refused);
    const { T, d, r, seed } = config;
    const n = Math.floor(config.samples / T);
    const law = lawOf(config.law, r);
    const draws = new Draws(seed);
    const subsets = drawTasks(law, T, draws);
    const net = initialNet(config, draws);
    const inputs = new Float64Array(2 * T * n * d);
    const [first, second] = [inputs.subarray(0, T * n * d), inputs.subarray(T * n * d)];
    const drawn = law.map((_, S) => subsets.filter((own) => own === S).length / T);
    const shared = config.heads === "shared";
    const pi = config.overlay === "tasks" ? drawn : law;
    let exact = null;
    if (config.overlay !== "off") {
      exact = recursionStart(net, subsets, r, pi);
      if (config.overlay === "law" && !shared) exact.a.fill(0); // infinitely many heads average out
    }
    const W0 = net.W.slice();
    const q0 = split(W0, d, r).q;
    const run = { config, n, law, drawn, net, exact, subsets, iteration: 0, active: 1 };

    run.advance = () => {
      draws.normal("inputs", inputs, ++run.iteration);
      run.active = iterate(net, subsets, r, config, first, n, second, n);
      if (run.exact) recursionStep(run.exact, pi, shared, config);
      // while every hinge is active growth has no end: stop before the numbers do
      if (run.exact && !run.exact.p.every((x) => Math.abs(x) < 1e3)) run.exact = null;
    };

    run.record = () => {
      const now = split(net.W, d, r);
      const of = (W, state) => ({ p: state.p.slice(), mean: lengths(state, r), error: subspaceError(W, d, r) });
      const own = { ...of(net.W, now), energy: energy(now, r) };
      const out = { iteration: run.iteration, active: run.active, run: own, exact: null };
      if (run.exact) out.exact = of(recursionLayer(run.exact, W0, q0, d, r), run.exact);
      return out;
    };
    return run;
  }

  return {
    PURPOSES, multiply, Draws, gaussianTable, lawOf, drawTasks, initialNet, iterate, subspaceError, split,
    coefficients, dawson, recursionStep, recursionStart, recursionLayer, regime, complaint, simulation, WHOLE, NUMBER,
  };
}
