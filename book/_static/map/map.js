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
    let loaded = false; // until then the theme takes every address with a # for a place on this page
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

    function box([column, row]) {
      const [left, top] = [X(borders[0][column]), Y(borders[1][row + 1])].map(Math.round);
      return [left, top, Math.round(X(borders[0][column + 1])) - left, Math.round(Y(borders[1][row])) - top];
    }

    function paint(pen, name, place) {
      const [start, end] = [curve(name, index(place))[0], last(name, index(place))];
      const grown = Math.log10(end / start);
      const strength = name === names[0] ? Math.log(end) / Math.log(0.04) : Math.abs(grown);
      pen.globalAlpha = exists(index(place)) ? 0.9 * Math.min(Math.max(strength, 0), 1) : 1;
      pen.fillStyle = name !== names[0] && grown < 0 ? colours.negative : colours.run;
      if (!exists(index(place))) pen.fillStyle = colours.grid;
      pen.fillRect(...box(place));
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

    const ticks = (axis) =>
      [-3, -2, -1, 0, 1, 2, 3]
        .flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
        .filter((value) => Math.log(value) > borders[axis][0] && Math.log(value) < borders[axis].at(-1));

    function scales(pen) {
      const foot = map.clientHeight - MARGIN.bottom;
      for (const value of ticks(0)) write(pen, short(value), X(Math.log(value)), foot + 15, "center");
      for (const value of ticks(1)) write(pen, short(value), MARGIN.left - 6, Y(Math.log(value)), "right", "middle");
      write(pen, across.text, map.clientWidth - MARGIN.right, map.clientHeight - 4, "right");
      write(pen, up.text, 4, 12, "left");
    }

    /** Boundaries, each with its label: beside a steep one, a row for each, and above a flat one. */
    function lines(pen) {
      const [width, height] = size();
      const drawn = Object.entries(data.lines).map(([text, places]) => ({
        text,
        places: places.map(([x, y]) => [X(Math.log(x)), Y(Math.log(y))]),
      }));
      pen.save();
      pen.beginPath();
      pen.rect(MARGIN.left, MARGIN.top, width, height);
      pen.clip();
      pen.strokeStyle = colours.ink;
      pen.lineWidth = 1.5;
      drawn.forEach(({ places }, k) => {
        pen.setLineDash([[], [7, 3], [2, 3], [9, 3, 2, 3]][k % 4]);
        pen.beginPath();
        for (const place of places) pen.lineTo(...place);
        pen.stroke();
      });
      pen.restore();
      const heights = ({ places }) => places.map(([, y]) => y);
      const steep = drawn.filter((line) => Math.max(...heights(line)) - Math.min(...heights(line)) > height / 2);
      const nearer = (y) => (best, place) => (Math.abs(place[1] - y) < Math.abs(best[1] - y) ? place : best);
      const where = (line, y) => line.places.reduce(nearer(y))[0];
      const places = Object.values(data.pins).map(([, y]) => Y(Math.log(y)) - MARGIN.top);
      const below = places.reduce((sum, y) => sum + y, 0) < (places.length * height) / 2; // away from the pins
      drawn.forEach((line, k) => {
        if (!steep.includes(line)) return write(pen, line.text, MARGIN.left + 6, line.places[0][1] - 5, "left");
        const y = below ? MARGIN.top + height - 8 - 16 * (drawn.length - 1 - k) : MARGIN.top + 12 + 16 * k;
        const x = where(line, y);
        const reach = pen.measureText(line.text).width + 8;
        const others = steep.filter((other) => other !== line).map((other) => where(other, y));
        const crowded = x - reach < MARGIN.left || others.some((at) => at < x && at > x - reach);
        const fits = x + reach < MARGIN.left + width;
        return write(pen, line.text, crowded && fits ? x + 5 : x - 5, y, crowded && fits ? "left" : "right");
      });
    }

    function pins(pen) {
      Object.entries(data.pins).forEach(([text, [x, y]], k) => {
        const [u, v] = [X(Math.log(x)), Y(Math.log(y))];
        pen.beginPath();
        pen.arc(u, v, 5, 0, 2 * Math.PI);
        pen.fillStyle = colours.exact;
        pen.strokeStyle = colours.ground;
        pen.lineWidth = 2;
        pen.fill();
        pen.stroke();
        const left = u < MARGIN.left + size()[0] / 2; // and the second one above, since they may be close together
        write(pen, text, left ? u + 12 : u - 12, k ? v - 10 : v + 10, left ? "left" : "right", "middle");
      });
    }

    function drawMap() {
      const ratio = window.devicePixelRatio || 1;
      map.width = Math.round(map.clientWidth * ratio);
      map.height = Math.round(map.clientHeight * ratio);
      const pen = map.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      across.values.forEach((_, column) => up.values.forEach((__, row) => paint(pen, chosen.value, [column, row])));
      scales(pen);
      lines(pen);
      pins(pen);
      for (const [colour, width] of [[colours.ground, 5], [colours.ink, 2.5]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = width;
        pen.strokeRect(...box(cell));
      }
    }

    // ---- The cell.

    function drawCell() {
      const k = index(cell);
      const tints = [colours.run, colours.second, colours.exact];
      const series = names.map((name, n) => ({ x: data.iteration, y: curve(name, k), colour: tints[n], width: 2.2, dash: [[], [7, 3], [2, 3]][n] }));
      mtlDraw.chart(chart, colours, { end: data.iteration.at(-1), low, high, series });
      const values = [across.values[cell[0]], up.values[cell[1]]];
      const place = data.axes.map(({ text }, n) => `${text} = ${values[n] < 1 ? short(values[n]) : values[n]}`).join(", ");
      const numbers = names.map((name) => `${name} ${short(last(name, k))}`).join(", ");
      words.textContent = `${place}: ${data.notes[k]}. After ${data.iteration.at(-1)} iterations ${numbers}.`;
      chart.setAttribute("aria-label", `Curves of the cell: ${words.textContent}`);
      if (loaded) link.href = data.axes.reduce((text, { name }, n) => text.replaceAll(`{${name}}`, values[n]), data.link);
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
    window.addEventListener("load", () => {
      loaded = true;
      drawCell();
    });
    new ResizeObserver(() => figure.clientWidth && draw()).observe(figure);
    new MutationObserver(() => {
      colours = mtlDraw.palette(figure);
      draw();
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }
});
