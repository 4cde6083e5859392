/* Pictures with a slider over data that the page carries with it (mtlcore.sliders). */

"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);
  const short = (x) => `${+x.toPrecision(2)}`;

  for (const figure of document.querySelectorAll(".mtl-slider")) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const output = make("output");
    const slider = make("input", { type: "range", min: 0, max: data.values.length - 1, step: 1, value: 0 });
    const label = make("label");
    label.append(`${data.over} = `, output, " ", slider);
    figure.querySelector(".mtl-slider-bar").append(label);
    const canvases = data.panels.map((name) => {
      const canvas = make("canvas");
      canvas.setAttribute("role", "img");
      const panel = make("div");
      panel.append(make("b", { textContent: name }), canvas);
      figure.querySelector(".mtl-slider-panels").append(panel);
      return canvas;
    });
    let colours = mtlDraw.palette(figure);

    const kinds = {
      curves(canvas, rows, chosen) {
        const all = rows.flat().filter((y) => y > 0);
        const low = 10 ** Math.floor(Math.log10(Math.min(...all)));
        const pale = rows.map((y) => ({ x: data.x, y, colour: colours.muted, width: 1, alpha: 0.35 }));
        const series = [...pale, { x: data.x, y: rows[chosen], colour: colours.run, width: 2.5 }];
        mtlDraw.chart(canvas, colours, { end: data.x.at(-1), low, high: 1.2 * Math.max(...all), series, name: data.along });
        return `${short(rows[chosen].at(-1))} at ${data.along} ${data.x.at(-1)}`;
      },
      bars(canvas, rows, chosen) {
        mtlDraw.bars(canvas, colours, { names: data.names, values: rows[chosen], low: data.low });
        return data.names.map((name, k) => `${name} ${rows[chosen][k].toFixed(3)}`).join(", ");
      },
      matrices(canvas, rows, chosen) {
        const A = rows[chosen];
        const d = Math.sqrt(A.length);
        mtlDraw.heatmap(canvas, colours, { A, d, r: data.r });
        const square = (keep) => A.reduce((sum, x, k) => sum + (keep(k) ? x * x : 0), 0);
        const share = square((k) => k % d < data.r && Math.floor(k / d) < data.r) / square(() => true);
        return `${Math.round(100 * share)}% of the squared entries lie in the block`;
      },
    };

    function draw() {
      const chosen = Number(slider.value);
      output.textContent = data.values[chosen];
      slider.setAttribute("aria-valuetext", `${data.over} = ${data.values[chosen]}`);
      const words = canvases.map((canvas, k) => {
        const found = `${data.panels[k]}: ${kinds[data.kind](canvas, data.rows[k], chosen)}`;
        canvas.setAttribute("aria-label", `${data.over} = ${data.values[chosen]}, ${found}`);
        return found;
      });
      figure.querySelector(".mtl-slider-words").textContent = `${data.over} = ${data.values[chosen]}. ${words.join("; ")}.`;
    }

    slider.value = Math.floor(data.values.length / 2);
    figure.hidden = false;
    slider.addEventListener("input", draw);
    new ResizeObserver(() => figure.clientWidth && draw()).observe(figure);
    new MutationObserver(() => {
      colours = mtlDraw.palette(figure);
      draw();
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }
});
