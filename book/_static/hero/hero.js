/* The front page's picture: one task and 64 tasks train side by side from one seed, and the reader may see it again. */

"use strict";

/** Train two networks in turn, and tell the page about both every few iterations. */
function heroWorker(model) {
  onmessage = ({ data: { configs, steps, every } }) => {
    const runs = configs.map((config) => model.simulation(config));
    const tell = () => postMessage(runs.map((run) => run.record().run));
    tell();
    for (let k = 1; k <= steps; k++) {
      for (const run of runs) run.advance();
      if (k % every === 0) tell();
    }
  };
}

document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("hero");
  if (!root) return;
  root.hidden = false;
  document.documentElement.classList.add("hero-on");

  const STEPS = 400;
  const EVERY = 4;
  const FRAMES_PER_SECOND = 25;
  const COMMON = {
    ...{ d: 32, r: 2, m: 16, samples: 512, law: "uniform", heads: "task", overlay: "off", seed: 1 },
    ...{ eta: 0.1, eta_b: 0.001, lam_w: 0.01, lam_a: 0.1, nu_w: 0.01, nu_a: 0.1 },
  };
  const panels = [...root.querySelectorAll("figure")];
  const counter = root.querySelector(".hero-bar output");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const frames = []; // of the run, as they come
  let shown = 0; // how many of them the reader has seen in this showing
  let started = 0; // when it began
  let colours = mtlDraw.palette(root);

  function draw() {
    const count = Math.max(shown, 1);
    panels.forEach((panel, side) => {
      const path = frames.slice(0, count).map((frame) => frame[side]);
      const { p, error } = path.at(-1);
      const paths = Array.from({ length: COMMON.m }, (_, j) => ({
        x: path.map((at) => at.p[2 * j]),
        y: path.map((at) => at.p[2 * j + 1]),
      }));
      const extent = 1.1 * Math.max(...p.map(Math.abs));
      const groups = [{ paths, colour: colours.run, marker: "dot", width: 1.2, alpha: 0.6 }];
      mtlDraw.plane(panel.querySelector("canvas"), colours, { extent, names: ["direction 1", "direction 2"], groups });
      panel.querySelector("output").textContent = error.toFixed(2);
      panel.querySelector("span").textContent = error > 0.5 ? "misses a direction" : "finds both";
      panel.toggleAttribute("data-found", error <= 0.5);
      const gauge = panel.querySelector(".hero-gauge");
      gauge.setAttribute("aria-valuenow", error.toFixed(2));
      gauge.firstElementChild.style.width = `${100 * error}%`;
    });
    counter.textContent = (count - 1) * EVERY;
  }

  function words() {
    const said = panels.map((panel, side) => {
      const name = panel.querySelector("b").textContent;
      const error = frames.at(-1)[side].error;
      const text = `${name}: error ${error.toFixed(2)}, ${error > 0.5 ? "misses a direction" : "finds both directions"}`;
      panel.querySelector("canvas").setAttribute("aria-label", `Sixteen neurons after ${STEPS} steps. ${text}.`);
      return text;
    });
    root.querySelector(".hero-words").textContent = `After ${STEPS} steps. ${said.join(". ")}.`;
  }

  const last = STEPS / EVERY + 1;
  function play(now) {
    started ||= now;
    const due = still.matches ? last : 1 + Math.floor(((now - started) / 1000) * FRAMES_PER_SECOND);
    if (due > frames.length) started = Math.max(started, now - (1000 * frames.length) / FRAMES_PER_SECOND); // it waits
    const next = Math.min(due, frames.length);
    if (next > shown && (!still.matches || next === last)) {
      shown = next;
      draw();
    }
    if (shown < last) requestAnimationFrame(play);
    else words();
  }

  function show() {
    shown = started = 0;
    root.querySelector(".hero-words").textContent = "";
    requestAnimationFrame(play);
  }

  const source = `(${heroWorker})((${mtlModel})());`;
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  worker.onmessage = ({ data }) => frames.push(data);
  worker.postMessage({ configs: panels.map(({ dataset }) => ({ ...COMMON, T: Number(dataset.tasks) })), steps: STEPS, every: EVERY });

  const redraw = () => {
    colours = mtlDraw.palette(root);
    if (shown) draw();
  };
  root.querySelector("button").addEventListener("click", show);
  new MutationObserver(redraw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  new ResizeObserver(redraw).observe(root);
  show();
});
