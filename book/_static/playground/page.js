/* The playground's page: controls in, orders to the worker, pictures and words out. */

"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("pg");
  if (!root) return;
  root.hidden = false;
  document.documentElement.classList.add("pg-on");

  const model = mtlModel();
  const $ = (selector) => root.querySelector(selector);
  const form = $("form");
  const ROBUST = { eta: 0.1, eta_b: 0.001, lam_w: 0.01, lam_a: 0.1, nu_w: 0.01, nu_a: 0.1 };
  const PRESETS = { robust: ROBUST, stated: { ...ROBUST, lam_w: 0.05, lam_a: 0.5 } };
  const DEFAULT = { T: 64, d: 32, r: 2, m: 16, samples: 1024, law: "uniform", heads: "task", overlay: "tasks", seed: 1, ...ROBUST };
  const REST = 5000; // iterations after which a run pauses by itself
  const LAWS = {
    uniform: (r) => `tasks.uniform(${r})`,
    empty: (r) => `tasks.uniform(${r}, empty=True)`,
    small: (r) => `tasks.by_size(${r}, 0.5)`,
    large: (r) => `tasks.by_size(${r}, 3.0)`,
    zipf: (r) => `tasks.zipf(${r}, 1)`,
    singles: (r) => `tasks.fixed_degree(${r}, 1)`,
    pairs: (r) => `tasks.fixed_degree(${r}, 2)`,
  };
  const REGIMES = {
    "both grow": "both parts grow, the features faster",
    "features grow": "features grow, the rest decays",
    "aligned neurons grow": "features decay at first and grow once a neuron is aligned",
    "everything decays": "everything decays",
  };

  let config = { ...DEFAULT };
  let records = [];
  let latest = null; // the last message of the worker
  let A = null;
  let running = false;
  let runs = 0; // counts restarts, to tell a run's messages from those of the one before
  let frame = 0;
  let written = 0; // when the words on the page were last renewed
  let said = 0; // and those that a screen reader reads out
  let colours = mtlDraw.palette(root);

  // ---- The worker, made from the functions' own source: a page opened from disk may load no worker from a file.

  const source = `(${mtlWorker})((${mtlModel})());`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  worker.onerror = (event) => complain(`The playground stopped: ${event.message}`);
  worker.onmessage = ({ data }) => {
    if (data.run !== runs) return; // of a run that has been left
    records = records.concat(data.records).filter(({ iteration }) => iteration % data.stride === 0);
    A = data.A ?? A;
    latest = data;
    setRunning(data.running);
    frame ||= requestAnimationFrame(draw);
  };

  const order = (name, rest = {}) => worker.postMessage({ order: name, ...rest });

  function restart(go) {
    records = [];
    latest = A = null; // the pictures stay until the new run has something to show
    order("pace", { value: Number($("#pg-pace").value) });
    order("reset", { config, run: ++runs });
    writePython();
    if (go) resume();
    else setRunning(false);
  }

  function resume() {
    order("run", { to: (Math.floor((latest?.iteration ?? 0) / REST) + 1) * REST });
    setRunning(true);
  }

  function leap(count) {
    order("run", { to: (latest?.iteration ?? 0) + count });
  }

  function setRunning(now) {
    running = now;
    $(".pg-run").textContent = now ? "Pause" : "Run";
    $(".pg-step").disabled = $(".pg-leap").disabled = now;
  }

  // ---- Controls.

  function complain(line) {
    $(".pg-complaint").textContent = line;
    for (const field of form.elements) if (field.name) field.setAttribute("aria-invalid", String(line.startsWith(`${field.name} = `)));
  }

  function show() {
    for (const [name, value] of Object.entries(config)) form.elements[name].value = value;
    for (const range of form.querySelectorAll("[data-for]")) {
      const value = config[range.dataset.for];
      range.value = range.dataset.scale === "powers" ? Math.log2(value) : Math.log10(Math.max(value, 1e-3));
    }
    const same = (values) => Object.entries(values).every(([name, value]) => config[name] === value);
    $("#pg-preset").value = Object.keys(PRESETS).find((name) => same(PRESETS[name])) ?? "own";
    const pairs = [];
    for (let i = 1; i <= config.r; i++) for (let j = i + 1; j <= config.r; j++) pairs.push(`${i} and ${j}`);
    $("#pg-axes").replaceChildren(...pairs.map((pair) => new Option(pair)));
    $(".pg-axes").hidden = pairs.length < 2;
  }

  /** Take over some new values, or say in one line why not. */
  function change(values, go = running) {
    const wanted = { ...config, ...values };
    const line = model.complaint(wanted);
    complain(line);
    if (line) return;
    config = wanted;
    show();
    restart(go);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("change", ({ target }) => {
    if (target.id === "pg-preset") return target.value in PRESETS ? change(PRESETS[target.value]) : undefined;
    if (!target.name) return undefined;
    const text = target.value.trim();
    const value = target.tagName === "SELECT" && target.name !== "r" ? text : text === "" ? NaN : Number(text);
    return change({ [target.name]: value });
  });
  form.addEventListener("input", ({ target }) => {
    if (!target.dataset.for) return;
    const value = target.dataset.scale === "powers" ? 2 ** target.value : Number((10 ** target.value).toPrecision(2));
    change({ [target.dataset.for]: value });
  });
  $(".pg-run").addEventListener("click", () => {
    if (running) order("pause");
    else resume();
  });
  $(".pg-step").addEventListener("click", () => leap(1));
  $(".pg-leap").addEventListener("click", () => leap(100));
  $(".pg-reset").addEventListener("click", () => restart(false));
  $("#pg-pace").addEventListener("change", ({ target }) => order("pace", { value: Number(target.value) }));
  $("#pg-axes").addEventListener("change", redraw);
  $(".pg-numbers").addEventListener("toggle", redraw);
  $(".pg-copy").addEventListener("click", async ({ target }) => {
    const done = await navigator.clipboard?.writeText($("pre").textContent).then(() => true, () => false);
    if (!done) getSelection().selectAllChildren($("pre"));
    target.textContent = done ? "Copied" : "Selected: copy it with your keys";
    setTimeout(() => (target.textContent = "Copy"), 2500);
  });
  for (const button of document.querySelectorAll("button[data-try]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      change({ ...DEFAULT, ...JSON.parse(button.dataset.try) }, true);
      root.querySelector(".pg-bar").scrollIntoView({ behavior: still.matches ? "auto" : "smooth", block: "start" });
      $(".pg-run").focus({ preventScroll: true });
    });
  }

  // ---- Pictures.

  function redraw() {
    if (latest) frame ||= requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    if (!latest) return;
    order("drawn");
    if (!$("[data-panel=plane]").clientWidth) return; // no layout yet; its observer comes back here
    const last = latest.now;
    const all = records.at(-1)?.iteration === last.iteration ? records : [...records, last];
    const end = Math.max(100, mtlDraw.roundUp(last.iteration, [1, 2, 4, 8]));
    drawCurves(all, end);
    drawPlane(all);
    if (A) mtlDraw.heatmap($("[data-panel=matrix]"), colours, { A, d: config.d, r: config.r });
    drawScale();
    write(last);
    if ($(".pg-numbers").open) fillTable(all);
  }

  const exactly = (all, of) => all.map(({ exact }) => (exact ? of(exact) : NaN));

  /** The recursion in two pieces: while (almost) every hinge is active, and pale afterwards. */
  function overlay(all, of, style) {
    const x = all.map(({ iteration }) => iteration);
    const y = exactly(all, of);
    const turn = all.findIndex(({ active }) => active < 0.98);
    const cut = turn < 0 ? all.length : turn + 1;
    return [
      { x: x.slice(0, cut), y: y.slice(0, cut), ...style },
      { x: x.slice(Math.max(cut - 1, 0)), y: y.slice(Math.max(cut - 1, 0)), ...style, alpha: 0.4 },
    ];
  }

  function drawCurves(all, end) {
    const x = all.map(({ iteration }) => iteration);
    const of = (name) => all.map(({ run }) => run.mean[name]);
    const dashed = { colour: colours.exact, dash: [5, 4] };
    const error = all.map(({ run }) => run.error);
    const low = Math.min(0.01, 10 ** Math.floor(Math.log10(Math.max(1e-6, Math.min(...error)))));
    mtlDraw.chart($("[data-panel=error]"), colours, {
      end, low, high: 1.2,
      series: [{ x, y: error, colour: colours.run }, ...overlay(all, (exact) => exact.error, dashed)],
    });
    const [inside, outside] = [of("p"), of("q")];
    const values = [...inside, ...outside].filter((value) => value > 0);
    const power = (value, round) => 10 ** (round(2 * Math.log10(value)) / 2);
    mtlDraw.chart($("[data-panel=lengths]"), colours, {
      end, low: Math.max(1e-9, power(Math.min(...values) * 0.8, Math.floor)), high: power(Math.max(...values) * 1.2, Math.ceil),
      series: [
        { x, y: inside, colour: colours.run },
        { x, y: outside, colour: colours.second },
        ...overlay(all, (exact) => exact.mean.p, dashed),
        ...overlay(all, (exact) => exact.mean.q, dashed),
      ],
    });
  }

  function drawPlane(all) {
    const { r, m } = config;
    const chosen = $("#pg-axes").value.split(" and ").map(Number);
    const [i, j] = r > 2 ? chosen.map((feature) => feature - 1) : [0, 1];
    const step = Math.ceil(all.length / 150);
    const some = all.filter((_, k) => k % step === 0 || k === all.length - 1);
    const paths = (list, of) =>
      Array.from({ length: m }, (_, n) => ({
        x: list.map((record) => of(record).p[n * r + i]),
        y: list.map((record) => (r > 1 ? of(record).p[n * r + j] : 0)),
      }));
    const neurons = paths(some, ({ run }) => run);
    const followed = some.filter(({ exact, active }) => exact && active >= 0.98);
    const extent = mtlDraw.roundUp(Math.max(1e-9, ...neurons.flatMap(({ x, y }) => [...x, ...y].map(Math.abs))), [1, 1.5, 2, 3, 4, 5, 7]);
    const groups = [{ paths: neurons, colour: colours.run, alpha: 0.55, marker: "dot" }];
    if (followed.length) {
      const marker = followed.at(-1) === some.at(-1) ? "ring" : "";
      groups.push({ paths: paths(followed, ({ exact }) => exact), colour: colours.exact, dash: [4, 4], width: 1.4, marker });
    }
    const names = [`feature ${i + 1}`, r > 1 ? `feature ${j + 1}` : ""];
    mtlDraw.plane($("[data-panel=plane]"), colours, { extent, names, groups });
  }

  function drawScale() {
    const found = model.regime(config.law, config.r, config.lam_w, config.lam_a);
    $(".pg-scale canvas").hidden = !found;
    if (!found) return;
    const names = ["both grow", "features grow", "", "everything decays"];
    mtlDraw.scale($("[data-panel=scale]"), colours, { Lambda: found.Lambda, edges: found.edges, names });
  }

  // ---- Words and numbers.

  const short = (x) => (x === 0 ? "0" : x >= 0.001 && x < 1e4 ? `${+x.toPrecision(3)}` : x.toExponential(1));
  const put = (name, text) => {
    const field = $(`[data-out=${name}]`);
    if (field.textContent !== text) field.textContent = text;
  };

  function write({ iteration, active, run }) {
    const now = performance.now();
    if (running && now - written <= 250) return; // numbers and words change together, slowly enough to be read
    written = now;
    const found = model.regime(config.law, config.r, config.lam_w, config.lam_a);
    const regime = found ? REGIMES[found.name] : "is defined for the uniform laws only";
    put("iteration", String(iteration));
    put("error", run.error.toFixed(3));
    put("p", short(run.mean.p));
    put("q", short(run.mean.q));
    put("active", `${Math.round(100 * active)}%`);
    put("speed", latest.speed ? String(Math.round(latest.speed)) : "–");
    put("Lambda", found ? short(found.Lambda) : "–");
    put("regime", regime);
    const verdict = run.error < 0.1 ? "the hidden subspace is found" : run.error < 0.5 ? "the hidden subspace is coming into view" : "some feature is still missed";
    const words =
      `Iteration ${iteration}: the error is ${run.error.toFixed(3)}, ${verdict}. ` +
      `The neurons have a mean length of ${short(run.mean.p)} inside row(M) and a spurious length of ${short(run.mean.q)} outside. ` +
      `${Math.round(100 * active)}% of the hinges are active. ` +
      (found ? `Lambda is ${short(found.Lambda)}: ${regime}. ` : "") +
      tasksInWords();
    $(".pg-words").textContent = words;
    describe({ iteration, run });
    if (running && now - said < 15000) return;
    said = now;
    $(".pg-spoken").textContent = words;
  }

  function tasksInWords() {
    const features = [...Array(config.r).keys()];
    const missing = features.filter((j) => latest.drawn[1 << j] === 0).map((j) => j + 1);
    const single = config.law === "pairs" ? [] : missing;
    const each = `${latest.n} sample${latest.n > 1 ? "s" : ""} per task and half-step`;
    return `${each}.` + (single.length ? ` No drawn task is about feature ${single.join(" or ")} alone.` : "");
  }

  /** What each picture shows, for those who can't see it. */
  function describe({ iteration, run }) {
    const name = (panel, text) => $(`[data-panel=${panel}]`).setAttribute("aria-label", text);
    const { d, r, m } = config;
    name("plane", `Paths of ${m} neurons in the hidden subspace up to iteration ${iteration}: mean distance from the origin ${short(run.mean.p)}.`);
    name("error", `Error against iterations: ${run.error.toFixed(3)} at iteration ${iteration}.`);
    name("lengths", `Mean lengths against iterations: ${short(run.mean.p)} inside row(M) and ${short(run.mean.q)} outside at iteration ${iteration}.`);
    if (A) {
      let [block, whole] = [0, 0];
      A.forEach((x, k) => {
        whole += x * x;
        if (Math.floor(k / d) < r && k % d < r) block += x * x;
      });
      name("matrix", `The matrix A, ${d} by ${d}: the ${r} by ${r} block of row(M) has ${Math.round((100 * block) / whole)}% of its squared entries.`);
    }
    const found = model.regime(config.law, r, config.lam_w, config.lam_a);
    if (found) name("scale", `Scale of regimes: Lambda is ${short(found.Lambda)}, ${REGIMES[found.name]}.`);
  }

  function fillTable(all) {
    const step = Math.max(1, Math.floor(all.length / 12));
    const rows = all.filter((_, k) => k % step === 0 || k === all.length - 1);
    const cells = ({ iteration, run, exact }) =>
      [iteration, run.error.toFixed(4), exact?.error.toFixed(4), short(run.mean.p), exact && short(exact.mean.p), short(run.mean.q), exact && short(exact.mean.q)];
    $("tbody").replaceChildren(
      ...rows.map((record) => {
        const row = document.createElement("tr");
        for (const value of cells(record)) row.insertCell().textContent = value ?? "–";
        return row;
      }),
    );
  }

  function writePython() {
    const { T, d, r, m, samples, law, heads, seed } = config;
    const n = Math.floor(samples / T);
    const hyper = Object.keys(ROBUST).map((name) => `${name}=${config[name]}`).join(", ");
    $("pre").textContent = [
      "import torch",
      "from mtlcore.lab.draws import Draws",
      "from mtlcore.pretraining import features, metrics, tasks",
      "from mtlcore.pretraining.algorithm import Hyper, Model, pretrain",
      "",
      `draws = Draws(${seed}, [0], dtype=torch.float64)`,
      `law = ${LAWS[law](r)}`,
      `drawn = law.sample(${T}, draws.generators("tasks")[0])`,
      `hyper = Hyper(${hyper})`,
      `model = Model(T=${T}, n1=${n}, n2=${n}, d=${d}, m=${m}, hyper=hyper, heads="${heads}")`,
      `M = features.canonical_subspace(${d}, ${r})`,
      `run = pretrain({"": model}, {"": drawn[None]}, M, draws, steps=400, every=100)`,
      "for iteration, states in run:",
      `    print(iteration, metrics.subspace_error(states[""].W, M).item())`,
      "",
    ].join("\n");
  }

  // ---- The page around: theme, size, motion, and whether anyone looks.

  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const themed = () => {
    colours = mtlDraw.palette(root);
    redraw();
  };
  new MutationObserver(themed).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  new ResizeObserver(redraw).observe(root);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && running) order("pause");
  });

  $(".pg-controls").open = innerWidth > 600; // on a phone the pictures come first
  show();
  restart(!still.matches);
});
