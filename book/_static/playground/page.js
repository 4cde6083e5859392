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
  const HYPER = { eta: 0.1, eta_b: 0.001, lam_w: 0.01, lam_a: 0.1, nu_w: 0.01, nu_a: 0.1 };
  const DECAYS = { lighter: { lam_w: 0.01, lam_a: 0.1 }, paper: { lam_w: 0.05, lam_a: 0.5 } };
  const DEFAULT = { T: 64, d: 32, r: 3, m: 16, samples: 1024, law: "uniform", heads: "task", overlay: "tasks", seed: 0, ...HYPER };
  const ADDRESS = ["T", "heads", "lam_w", "lam_a", "r", "d", "seed"]; // always in a link, the others where they differ
  const REST = 800; // iterations after which a run rests by itself
  const SEEN = 50; // iterations of a run that is worth comparing with
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
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  let config = DEFAULT;
  let playing = !still.matches; // what the reader wants; nobody else changes it
  let until = 0; // the iteration to stop at
  let runs = 0; // counts restarts, to tell a run's messages from those of the one before
  let records = [];
  let latest = null; // the last message of the worker
  let before = null; // the run before: its records and its settings
  let frame = 0;
  let written = 0; // when the numbers were last renewed
  let said = 0; // and the words that a screen reader reads out
  let colours = mtlDraw.palette(root);

  // ---- The worker, made from the functions' own source: a page opened from disk may load no worker from a file.

  const source = `(${mtlWorker})((${mtlModel})());`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  worker.onerror = (event) => complain(`The playground stopped: ${event.message}`);
  worker.onmessage = ({ data }) => {
    if (data.run !== runs) return; // of a run that has been left
    records = records.concat(data.records).filter(({ iteration }) => iteration % data.stride === 0);
    latest = data;
    showRunning();
    redraw();
  };

  const iteration = () => latest?.now.iteration ?? 0;
  const running = () => iteration() < until;
  const everything = () => (records.at(-1)?.iteration === iteration() ? records : [...records, latest.now]);

  /** Tell the worker all that is wanted of it; nothing while nobody looks. */
  function order() {
    worker.postMessage({ run: runs, config, until: document.hidden ? 0 : until, pace: Number($("#pg-pace").value) });
    showRunning();
  }

  function restart() {
    if (iteration() >= SEEN) before = { all: everything(), config: latest.config };
    runs++;
    records = [];
    latest = null; // the pictures stay until the new run has something to show
    until = playing ? REST : 0;
    written = 0;
    put("iteration", "0");
    order();
    writePython();
  }

  function play() {
    playing = !running();
    until = playing ? (Math.floor(iteration() / REST) + 1) * REST : 0;
    order();
  }

  function leap(count) {
    until = Math.max(iteration(), playing ? 0 : until) + count;
    playing = false;
    order();
  }

  function showRunning() {
    $(".pg-run").textContent = running() ? "Pause" : "Run";
  }

  // ---- Controls.

  function complain(line) {
    $(".pg-complaint").textContent = line;
    for (const field of form.querySelectorAll("[type=number]")) field.setAttribute("aria-invalid", String(line.startsWith(`${field.name} = `)));
  }

  const same = (values, others) => Object.entries(values).every(([name, value]) => others[name] === value);

  function show() {
    for (const [name, value] of Object.entries(config)) form.elements[name].value = value;
    for (const range of form.querySelectorAll("[data-for]")) {
      const value = config[range.dataset.for];
      range.value = range.dataset.scale === "powers" ? Math.log2(value) : Math.log10(Math.max(value, 1e-3));
    }
    for (const radio of form.elements.decay) radio.checked = same(DECAYS[radio.value], config);
    put("decay", `λw = ${config.lam_w}, λa = ${config.lam_a}`);
    for (const chip of root.querySelectorAll("[data-try]"))
      chip.setAttribute("aria-pressed", String(same({ ...DEFAULT, ...JSON.parse(chip.dataset.try) }, config)));
    const pairs = [];
    for (let i = 1; i <= config.r; i++) for (let j = i + 1; j <= config.r; j++) pairs.push(`features ${i} and ${j}`);
    $("#pg-axes").replaceChildren(...pairs.map((pair) => new Option(pair)));
    $("#pg-axes").hidden = pairs.length < 2;
  }

  /** Take over some new values, or say in one line why not. */
  function change(values) {
    const wanted = { ...config, ...values };
    const line = model.complaint(wanted);
    complain(line);
    if (line) return;
    config = wanted;
    show();
    history.replaceState(null, "", address());
    restart();
  }

  /** A value as a setting's name wants it: a word or a number. */
  const typed = (name, text) => (typeof DEFAULT[name] === "string" ? text : text.trim() === "" ? NaN : Number(text));

  /** The settings as a fragment, named and written as in Python. */
  function address() {
    const names = Object.keys(DEFAULT).filter((name) => ADDRESS.includes(name) || config[name] !== DEFAULT[name]);
    return `#${new URLSearchParams(names.map((name) => [name, config[name]]))}`;
  }

  /** Take the settings from the address: all together, or else one after the other and without the bad ones. */
  function readAddress() {
    const given = [...new URLSearchParams(location.hash.slice(1))].filter(([name]) => Object.hasOwn(DEFAULT, name));
    if (!given.length && runs) return; // a link to a section of this page
    const values = given.map(([name, text]) => ({ [name]: typed(name, text) }));
    let refused = "";
    config = [Object.assign({}, ...values), ...values].reduce((wanted, more) => {
      const line = model.complaint({ ...wanted, ...more });
      if (line) refused = line;
      return line ? wanted : { ...wanted, ...more };
    }, DEFAULT);
    complain(refused && `Left out of the address: ${refused}`);
    show();
    restart();
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", ({ target }) => {
    if (target.name === "decay") change(DECAYS[target.value]);
    else if (target.name) change({ [target.name]: typed(target.name, target.value) });
  });
  form.addEventListener("input", ({ target }) => {
    if (!target.dataset.for) return;
    const value = target.dataset.scale === "powers" ? 2 ** target.value : Number((10 ** target.value).toPrecision(2));
    change({ [target.dataset.for]: value });
  });
  $(".pg-run").addEventListener("click", play);
  $(".pg-step").addEventListener("click", () => leap(1));
  $(".pg-leap").addEventListener("click", () => leap(100));
  $(".pg-reset").addEventListener("click", restart);
  $("#pg-pace").addEventListener("change", order);
  $("#pg-axes").addEventListener("change", redraw);
  $(".pg-numbers").addEventListener("toggle", redraw);
  for (const chip of root.querySelectorAll("[data-try]"))
    chip.addEventListener("click", () => {
      playing = true;
      change({ ...DEFAULT, ...JSON.parse(chip.dataset.try) });
    });

  /** Copy a text, or say how to; the control says which, and then its own name again. */
  async function copy(control, text, otherwise) {
    const name = control.textContent;
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    control.textContent = done ? "Copied" : otherwise;
    setTimeout(() => (control.textContent = name), 2500);
    return done;
  }

  $(".pg-copy").addEventListener("click", async ({ target }) => {
    if (!(await copy(target, $("pre").textContent, "Selected: copy it with your keys"))) getSelection().selectAllChildren($("pre"));
  });
  $(".pg-link").addEventListener("click", ({ target }) => {
    history.replaceState(null, "", address());
    copy(target, location.href, "See the address");
  });

  // ---- Pictures.

  function redraw() {
    if (latest) frame ||= requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    if (!latest) return;
    worker.postMessage("drawn");
    if (!$("[data-panel=plane]").clientWidth) return; // no layout yet; its observer comes back here
    const all = everything();
    drawCurves(all);
    drawPlane(all);
    drawShares(latest.now.run.energy.shares, before?.all.at(-1).run.energy.shares ?? []);
    drawScale();
    write(latest.now);
    if ($(".pg-numbers").open) fillTable(all);
  }

  /** A line of a run over its iterations. */
  const line = (all, of, style) => ({ x: all.map(({ iteration: x }) => x), y: all.map(of), ...style });

  /** The recursion in two pieces: while (almost) every hinge is active, and pale afterwards. */
  function overlay(all, of) {
    const turn = all.findIndex(({ active }) => active < 0.98);
    const cut = turn < 0 ? all.length : turn + 1;
    const style = { colour: colours.exact, dash: [5, 4] };
    const value = ({ exact }) => (exact ? of(exact) : NaN);
    return [line(all.slice(0, cut), value, style), line(all.slice(Math.max(cut - 1, 0)), value, { ...style, alpha: 0.4 })];
  }

  function drawCurves(all) {
    const past = before?.all ?? [];
    const end = mtlDraw.roundUp(Math.max(REST, iteration(), past.at(-1)?.iteration ?? 0), [1, 2, 4, 8]);
    const curve = (of, colour) => [
      line(past, ({ run }) => of(run), { colour: colours.muted, width: 1.3, alpha: 0.55 }),
      line(all, ({ run }) => of(run), { colour }),
      ...overlay(all, of),
    ];
    const found = (of) => [...past, ...all].map(({ run }) => of(run)).filter((value) => value > 0);
    const error = (state) => state.error;
    const low = Math.min(0.01, 10 ** Math.floor(Math.log10(Math.max(1e-6, Math.min(...found(error))))));
    mtlDraw.chart($("[data-panel=error]"), colours, { end, low, high: 1.2, series: curve(error, colours.run) });
    const [inside, outside] = [(state) => state.mean.p, (state) => state.mean.q];
    const values = [...found(inside), ...found(outside)];
    const power = (value, round) => 10 ** (round(2 * Math.log10(value)) / 2);
    mtlDraw.chart($("[data-panel=lengths]"), colours, {
      end, low: Math.max(1e-9, power(Math.min(...values) * 0.8, Math.floor)), high: power(Math.max(...values) * 1.2, Math.ceil),
      series: [...curve(inside, colours.run), ...curve(outside, colours.second)],
    });
    $(".pg-key-last").hidden = !before;
    if (!before) return;
    const differ = Object.keys(config).filter((name) => config[name] !== before.config[name]);
    const how = differ.map((name) => `${name} = ${before.config[name]}`).join(", ");
    $(".pg-key-last").textContent = `last run${how && differ.length < 4 ? `: ${how}` : ""}`;
  }

  function drawPlane(all) {
    const { r } = config;
    const [i, j] = ($("#pg-axes").value.match(/\d/g) ?? [1, 2]).map((feature) => feature - 1);
    const thin = (list) => list.filter((_, k) => k % Math.ceil(list.length / 150) === 0 || k === list.length - 1);
    const paths = (list, of) =>
      Array.from({ length: list.length && of(list[0]).p.length / r }, (_, n) => ({
        x: list.map((record) => of(record).p[n * r + i]),
        y: list.map((record) => (r > 1 ? of(record).p[n * r + j] : 0)),
      }));
    const some = thin(all);
    const neurons = paths(some, ({ run }) => run);
    const past = paths(before?.config.r === r ? thin(before.all) : [], ({ run }) => run);
    const followed = some.filter(({ exact, active }) => exact && active >= 0.98);
    const furthest = Math.max(1e-9, ...[...past, ...neurons].flatMap(({ x, y }) => [...x, ...y].map(Math.abs)));
    const groups = [
      { paths: past, colour: colours.muted, width: 1.2, alpha: 0.35 },
      { paths: neurons, colour: colours.run, alpha: 0.55, marker: "dot" },
    ];
    if (followed.length) {
      const marker = followed.at(-1) === some.at(-1) ? "ring" : "";
      groups.push({ paths: paths(followed, ({ exact }) => exact), colour: colours.exact, dash: [4, 4], width: 1.4, marker });
    }
    const names = [`feature ${i + 1}`, r > 1 ? `feature ${j + 1}` : ""];
    mtlDraw.plane($("[data-panel=plane]"), colours, { extent: mtlDraw.roundUp(furthest, [1, 1.5, 2, 3, 4, 5, 7]), names, groups });
  }

  /** A bar for each neuron, with a mark where the one before ended. */
  function drawShares(shares, past) {
    const bars = shares.map((share, k) => {
      const bar = document.createElement("i");
      bar.style.setProperty("--share", share);
      bar.style.setProperty("--before", past[k] ?? -1);
      return bar;
    });
    $("[data-panel=share]").replaceChildren(...bars);
  }

  function drawScale() {
    const found = model.regime(config.law, config.r, config.lam_w, config.lam_a);
    $(".pg-scale canvas").hidden = !found;
    if (!found) return;
    const names = ["both grow", "features grow", "", "everything decays"];
    mtlDraw.scale($("[data-panel=scale]"), colours, { Lambda: found.Lambda, edges: found.edges, names });
  }

  // ---- Words and numbers.

  const short = (x, digits = 3) => (x === 0 ? "0" : x >= 0.001 && x < 1e4 ? `${+x.toPrecision(digits)}` : x.toExponential(1));
  const put = (name, text) => {
    const field = $(`[data-out=${name}]`);
    if (field.textContent !== text) field.textContent = text;
  };

  const percent = (x) => `${Math.round(100 * x)}%`;

  function write({ iteration: at, active, run }) {
    const now = performance.now();
    if (running() && now - written <= 250) return; // numbers and words change together, slowly enough to be read
    written = now;
    const found = model.regime(config.law, config.r, config.lam_w, config.lam_a);
    const regime = found ? REGIMES[found.name] : "is defined for the uniform laws only";
    const verdict = run.error < 0.1 ? "found" : run.error < 0.5 ? "coming into view" : "some feature is missed";
    const share = percent(run.energy.all);
    put("iteration", String(at));
    put("error", run.error.toFixed(3));
    put("verdict", verdict);
    put("share", share);
    put("inside", short(run.mean.p, 2));
    put("outside", short(run.mean.q, 2));
    put("Lambda", found ? short(found.Lambda) : "–");
    put("regime", regime);
    describe(at, run, share);
    if (running() && now - said < 15000) return;
    said = now;
    $(".pg-spoken").textContent =
      `Iteration ${at}: the error is ${run.error.toFixed(3)}; hidden subspace: ${verdict}. ` +
      `The neurons have ${share} of their energy inside row(M), a mean length of ${short(run.mean.p)} inside and of ${short(run.mean.q)} outside. ` +
      `${percent(active)} of the hinges are active. ` +
      (found ? `Lambda is ${short(found.Lambda)}: ${regime}. ` : "") +
      tasksInWords();
  }

  function tasksInWords() {
    const features = [...Array(config.r).keys()];
    const missing = features.filter((j) => latest.drawn[1 << j] === 0).map((j) => j + 1);
    const single = config.law === "pairs" ? [] : missing;
    const each = `${latest.n} sample${latest.n > 1 ? "s" : ""} per task and half-step`;
    return `${each}.` + (single.length ? ` No drawn task is about feature ${single.join(" or ")} alone.` : "");
  }

  /** What each picture shows, for those who can't see it. */
  function describe(at, run, share) {
    const name = (panel, text) => $(`[data-panel=${panel}]`).setAttribute("aria-label", text);
    const [inside, outside] = [short(run.mean.p), short(run.mean.q)];
    name("plane", `Paths of ${config.m} neurons in the hidden subspace up to iteration ${at}: mean distance from the origin ${inside}.`);
    name("error", `Error against iterations: ${run.error.toFixed(3)} at iteration ${at}.`);
    name("share", `Share of each neuron's energy inside row(M): from ${percent(Math.min(...run.energy.shares))} to ${percent(Math.max(...run.energy.shares))}, ${share} of all.`);
    name("lengths", `Mean lengths against iterations: ${inside} inside row(M) and ${outside} outside at iteration ${at}.`);
    const found = model.regime(config.law, config.r, config.lam_w, config.lam_a);
    if (found) name("scale", `Scale of regimes: Lambda is ${short(found.Lambda)}, ${REGIMES[found.name]}.`);
  }

  function fillTable(all) {
    const step = Math.max(1, Math.floor(all.length / 12));
    const rows = all.filter((_, k) => k % step === 0 || k === all.length - 1);
    const cells = ({ iteration: at, run, exact, active }) => {
      const of = (part) => [short(run.mean[part]), exact && short(exact.mean[part])];
      return [at, run.error.toFixed(4), exact?.error.toFixed(4), ...of("p"), ...of("q"), percent(active)];
    };
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
    const hyper = Object.keys(HYPER).map((name) => `${name}=${config[name]}`).join(", ");
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
      `run = pretrain({"": model}, {"": drawn[None]}, M, draws, steps=${REST}, every=100)`,
      "for iteration, states in run:",
      `    print(iteration, metrics.subspace_error(states[""].W, M).item())`,
      "",
    ].join("\n");
  }

  // ---- The page around: theme, size, motion, and whether anyone looks.

  const themed = () => {
    colours = mtlDraw.palette(root);
    redraw();
  };
  new MutationObserver(themed).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  new ResizeObserver(redraw).observe(root);
  document.addEventListener("visibilitychange", order);
  window.addEventListener("hashchange", readAddress);
  readAddress();
});
