/* Maps over two logarithmic axes whose cells show their curves (mtlcore.lab.maps). */

"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);
  const short = (x) => `${+x.toPrecision(2)}`;
  const MARGIN = { left: 46, right: 12, top: 24, bottom: 34 };
  const FONT = "12px system-ui, sans-serif";

  for (const figure of document.querySelectorAll(".mtl-map")) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const [across, up] = data.axes;
    const names = Object.keys(data.centilogs);
    const points = data.iteration.length;
    const curve = (name, cell) =>
      data.centilogs[name].slice(cell * points, (cell + 1) * points).map((x) => (x === null ? NaN : 10 ** (x / 100)));
    const last = (name, cell) => curve(name, cell)[points - 1];
    const exists = (cell) => data.centilogs[names[0]][cell * points] !== null;
    const everything = names.flatMap((name) => data.centilogs[name]).filter((x) => x !== null);
    const low = 10 ** Math.max(Math.floor(Math.min(...everything) / 100), -3);
    const high = 1.2 * 10 ** (Math.max(...everything) / 100);

    const chosen = make("select");
    chosen.append(...names.map((name, k) => new Option(k ? `${name}, end over start` : `${name} at the end`, name)));
    const label = make("label", { textContent: "colour: " });
    label.append(chosen);
    const link = make("a", { textContent: "Open this cell in the playground" });
    figure.querySelector(".mtl-map-bar").append(label, link);
    const field = make("div", { className: "mtl-map-field", tabIndex: 0 });
    field.setAttribute("role", "application");
    field.setAttribute("aria-label", `Map over ${across.text} and ${up.text}: arrow keys move, Enter opens the playground`);
    const map = make("canvas");
    map.setAttribute("aria-hidden", "true"); // the words below say what it shows
    field.append(map);
    const side = make("div");
    const chart = make("canvas");
    chart.setAttribute("role", "img");
    const keys = make("p", { className: "mtl-map-keys" });
    side.append(chart, keys);
    figure.querySelector(".mtl-map-panels").append(field, side);
    const words = figure.querySelector(".mtl-map-words");

    let colours = mtlDraw.palette(figure);
    let cell = [0, 0]; // column and row, from the lower left
    const index = ([column, row]) => row * across.values.length + column;

    // ---- Places: a cell reaches to the geometric means of its neighbours' values.

    function edges(values) {
      const logs = values.map(Math.log);
      const inner = logs.slice(1).map((x, k) => (x + logs[k]) / 2);
      return [2 * logs[0] - inner[0], ...inner, 2 * logs.at(-1) - inner.at(-1)];
    }
    const borders = [edges(across.values), edges(up.values)];
    const size = () => [map.clientWidth - MARGIN.left - MARGIN.right, map.clientHeight - MARGIN.top - MARGIN.bottom];
    const share = (axis, log) => (log - borders[axis][0]) / (borders[axis].at(-1) - borders[axis][0]);
    const X = (log) => MARGIN.left + size()[0] * share(0, log);
    const Y = (log) => MARGIN.top + size()[1] * (1 - share(1, log));

    function under(event) {
      const box = map.getBoundingClientRect();
      const find = (axis, at, place) => {
        const k = borders[axis].findIndex((border) => (axis ? at >= place(border) : at < place(border)));
        return k > 0 ? k - 1 : -1;
      };
      const found = [find(0, event.clientX - box.left, X), find(1, event.clientY - box.top, Y)];
      return Math.min(...found) >= 0 && exists(index(found)) ? found : null;
    }

    // ---- The map.

    function paint(pen, name, column, row) {
      const k = index([column, row]);
      if (!exists(k)) return;
      const ends = curve(name, k);
      const grown = Math.log10(ends.at(-1) / ends[0]) / 1.5;
      const strength = name === names[0] ? Math.log(ends.at(-1)) / Math.log(0.04) : Math.abs(grown);
      pen.globalAlpha = 0.9 * Math.min(Math.max(strength, 0), 1);
      pen.fillStyle = name !== names[0] && grown < 0 ? colours.negative : colours.run;
      const [left, top] = [X(borders[0][column]), Y(borders[1][row + 1])];
      pen.fillRect(left, top, X(borders[0][column + 1]) - left + 0.5, Y(borders[1][row]) - top + 0.5);
      pen.globalAlpha = 1;
    }

    function write(pen, text, x, y, align, baseline = "alphabetic") {
      pen.font = FONT;
      pen.textAlign = align;
      pen.textBaseline = baseline;
      pen.lineWidth = 3;
      pen.strokeStyle = colours.ground;
      pen.strokeText(text, x, y);
      pen.fillStyle = colours.ink;
      pen.fillText(text, x, y);
    }

    function axis(pen, which, { values, text }) {
      const every = Math.ceil(values.length / (which ? 8 : 5));
      values.forEach((value, k) => {
        if (k % every) return;
        if (which) write(pen, short(value), MARGIN.left - 6, Y(Math.log(value)), "right", "middle");
        else write(pen, short(value), X(Math.log(value)), map.clientHeight - MARGIN.bottom + 15, "center");
      });
      if (which) write(pen, text, 4, 12, "left");
      else write(pen, text, map.clientWidth - MARGIN.right, map.clientHeight - 4, "right");
    }

    function lines(pen) {
      const [width, height] = size();
      Object.entries(data.lines).forEach(([text, places], k) => {
        pen.save();
        pen.beginPath();
        pen.rect(MARGIN.left, MARGIN.top, width, height);
        pen.clip();
        pen.strokeStyle = colours.ink;
        pen.lineWidth = 1.5;
        pen.setLineDash([[], [7, 3], [2, 3], [9, 3, 2, 3]][k % 4]);
        pen.beginPath();
        places.forEach(([x, y]) => pen.lineTo(X(Math.log(x)), Y(Math.log(y))));
        pen.stroke();
        pen.restore();
        const inside = places.map(([x, y]) => [X(Math.log(x)), Y(Math.log(y))]).filter(([x, y]) => x >= MARGIN.left && x <= MARGIN.left + width && y >= MARGIN.top - 1 && y <= MARGIN.top + height);
        if (!inside.length) return;
        const [x, y] = inside.reduce((best, place) => (place[1] < best[1] ? place : best));
        const atTop = y < MARGIN.top + 12;
        write(pen, text, Math.min(x, MARGIN.left + width - 4), atTop ? MARGIN.top - 6 : y - 5, atTop ? "center" : x > MARGIN.left + width / 2 ? "right" : "left");
      });
    }

    function pins(pen) {
      for (const [text, [x, y]] of Object.entries(data.pins)) {
        const [u, v] = [X(Math.log(x)), Y(Math.log(y))];
        pen.beginPath();
        pen.arc(u, v, 5, 0, 2 * Math.PI);
        pen.fillStyle = colours.exact;
        pen.strokeStyle = colours.ground;
        pen.lineWidth = 2;
        pen.fill();
        pen.stroke();
        write(pen, text, u + 9, v, "left", "middle");
      }
    }

    function drawMap() {
      const ratio = window.devicePixelRatio || 1;
      map.width = Math.round(map.clientWidth * ratio);
      map.height = Math.round(map.clientHeight * ratio);
      const pen = map.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      across.values.forEach((_, column) => up.values.forEach((__, row) => paint(pen, chosen.value, column, row)));
      axis(pen, 0, across);
      axis(pen, 1, up);
      lines(pen);
      pins(pen);
      const [column, row] = cell;
      const [left, top] = [X(borders[0][column]), Y(borders[1][row + 1])];
      const box = [left, top, X(borders[0][column + 1]) - left, Y(borders[1][row]) - top];
      for (const [colour, width] of [[colours.ground, 5], [colours.ink, 2.5]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = width;
        pen.strokeRect(...box);
      }
    }

    // ---- The cell.

    function drawCell() {
      const k = index(cell);
      const tints = [colours.run, colours.second, colours.exact];
      const series = names.map((name, n) => ({ x: data.iteration, y: curve(name, k), colour: tints[n], width: 2.2, dash: [[], [7, 3], [2, 3]][n] }));
      mtlDraw.chart(chart, colours, { end: data.iteration.at(-1), low, high, series });
      const values = [across.values[cell[0]], up.values[cell[1]]];
      const place = `${across.text} ${values[0]}, ${up.text} ${values[1]}`;
      const numbers = names.map((name) => `${name} ${short(last(name, k))}`).join(", ");
      words.textContent = `${place}: ${data.notes[k]}. After ${data.iteration.at(-1)} iterations ${numbers}.`;
      chart.setAttribute("aria-label", `Curves of the cell: ${words.textContent}`);
      link.href = data.axes.reduce((text, { name }, n) => text.replaceAll(`{${name}}`, values[n]), data.link);
    }

    function draw() {
      keys.replaceChildren(
        ...names.map((name, n) => {
          const key = make("span", { textContent: name });
          key.style.setProperty("--key", [colours.run, colours.second, colours.exact][n]);
          return key;
        }),
      );
      drawMap();
      drawCell();
    }

    function choose(next) {
      if (!next || !exists(index(next)) || index(next) === index(cell)) return;
      cell = next;
      drawMap();
      drawCell();
    }

    const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") link.click();
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      const clamp = (x, values) => Math.min(Math.max(x, 0), values.length - 1);
      choose([clamp(cell[0] + step[0], across.values), clamp(cell[1] + step[1], up.values)]);
    });
    field.addEventListener("pointermove", (event) => event.pointerType === "mouse" && choose(under(event)));
    field.addEventListener("click", (event) => {
      const found = under(event);
      choose(found);
      if (found && event.pointerType === "mouse") link.click(); // a finger chooses, the link opens
    });
    chosen.addEventListener("change", draw);

    const [x, y] = Object.values(data.pins)[0];
    const nearest = (values, at) => values.reduce((best, value, k) => (Math.abs(Math.log(value / at)) < Math.abs(Math.log(values[best] / at)) ? k : best), 0);
    cell = [nearest(across.values, x), nearest(up.values, y)];
    figure.hidden = false;
    new ResizeObserver(() => figure.clientWidth && draw()).observe(figure);
    new MutationObserver(() => {
      colours = mtlDraw.palette(figure);
      draw();
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }
});
