/* Pictures on canvas: line charts, neuron paths, a matrix and the scale of regimes.

   Colours are the custom properties --pg-* of the canvas's surroundings, so that they follow the page's theme. */

"use strict";

const mtlDraw = (() => {
  const FONT = "12px system-ui, sans-serif";

  /** Make a canvas as fine as the screen; returns its context in CSS pixels and its size. */
  function fit(canvas) {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    context.lineJoin = "round";
    return { context, width, height };
  }

  /** The theme's colours by name. */
  function palette(element) {
    const style = getComputedStyle(element);
    const names = ["ink", "muted", "grid", "ground", "run", "second", "exact", "negative"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--pg-${name}`).trim()]));
  }

  /** The smallest of some steps times a power of ten that is not below x. */
  function roundUp(x, steps) {
    const power = 10 ** Math.floor(Math.log10(x));
    return [...steps, 10].map((step) => step * power).find((value) => value >= x * (1 - 1e-9));
  }

  const label = (x) => (x >= 1e4 ? `${x / 1000}k` : `${+x.toPrecision(3)}`);

  function text(context, string, x, y, colour, align = "left", baseline = "alphabetic") {
    context.fillStyle = colour;
    context.textAlign = align;
    context.textBaseline = baseline;
    context.fillText(string, x, y);
  }

  function polyline(context, xs, ys, { colour, dash = [], width = 1.8, alpha = 1 }) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.globalAlpha = alpha;
    context.setLineDash(dash);
    context.beginPath();
    let pen = false;
    xs.forEach((x, i) => {
      if (!Number.isFinite(ys[i])) pen = false;
      else if (pen) context.lineTo(x, ys[i]);
      else {
        context.moveTo(x, ys[i]);
        pen = true;
      }
    });
    context.stroke();
    context.globalAlpha = 1;
    context.setLineDash([]);
  }

  /** Lines over 0 .. `end`, the vertical axis logarithmic from `low` to `high`. */
  function chart(canvas, colours, { end, low, high, series, name = "iteration" }) {
    const { context, width, height } = fit(canvas);
    const [left, right, top, bottom] = [46, width - 10, 10, height - 34];
    const X = (x) => left + ((right - left) * x) / end;
    const Y = (y) => bottom - ((bottom - top) * Math.log(y / low)) / Math.log(high / low);
    context.lineWidth = 1;
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (let digit = 1; digit < 10; digit++) {
        const value = digit * 10 ** power;
        if (value < low * 0.999 || value > high * 1.001) continue;
        context.strokeStyle = colours.grid;
        context.globalAlpha = digit === 1 ? 1 : 0.4;
        context.beginPath();
        context.moveTo(left, Y(value));
        context.lineTo(right, Y(value));
        context.stroke();
        context.globalAlpha = 1;
        if (digit === 1 || (high / low < 100 && (digit === 2 || digit === 5)))
          text(context, label(value), left - 6, Y(value), colours.muted, "right", "middle");
      }
    for (let k = 0; k <= 4; k++) {
      const align = k === 4 ? "right" : "center";
      text(context, label((end * k) / 4), X((end * k) / 4) + (k === 4 ? 4 : 0), bottom + 15, colours.muted, align);
    }
    text(context, name, (left + right) / 2, height - 4, colours.muted, "center");
    context.save();
    context.beginPath();
    context.rect(left, top - 2, right - left, bottom - top + 4);
    context.clip();
    for (const { x, y, ...style } of series)
      polyline(context, x.map(X), y.map((value) => (value > 0 ? Y(value) : NaN)), style);
    context.restore();
  }

  /** A horizontal bar for each name, from `low` to 1. */
  function bars(canvas, colours, { names, values, low }) {
    const { context, width, height } = fit(canvas);
    const [left, right, bottom] = [4, width - 44, height - 20];
    const X = (x) => left + ((right - left) * (Math.max(x, low) - low)) / (1 - low);
    const row = bottom / names.length;
    for (let k = 0; k <= 5; k++) {
      const value = low + ((1 - low) * k) / 5;
      text(context, label(value), X(value), height - 5, colours.muted, k === 0 ? "left" : "center");
      context.fillStyle = colours.grid;
      for (let name = 0; name < names.length; name++) context.fillRect(X(value), name * row + 17, 1, row - 20);
    }
    names.forEach((name, k) => {
      const thick = row - 20;
      context.fillStyle = name.startsWith("multi") ? colours.run : colours.muted;
      context.fillRect(left, k * row + 17, Math.max(X(values[k]) - left, 1), thick);
      text(context, name, left + 2, k * row + 12, colours.ink);
      text(context, values[k].toFixed(3), X(values[k]) + 5, k * row + 17 + thick / 2, colours.ink, "left", "middle");
    });
  }

  /** Neurons' paths in a plane: `groups` of {paths: [{x, y}], colour, dash, marker}. */
  function plane(canvas, colours, { extent, names, groups }) {
    const { context, width, height } = fit(canvas);
    const side = Math.min(width, height) / 2 - 12;
    const [cx, cy] = [width / 2, height / 2];
    const X = (x) => cx + (side * x) / extent;
    const Y = (y) => cy - (side * y) / extent;
    context.strokeStyle = colours.grid;
    context.lineWidth = 1;
    for (const radius of [0.5, 1]) {
      context.beginPath();
      context.arc(cx, cy, side * radius, 0, 2 * Math.PI);
      context.stroke();
    }
    context.beginPath();
    context.moveTo(0, cy);
    context.lineTo(width, cy);
    context.moveTo(cx, 0);
    context.lineTo(cx, height);
    context.stroke();
    text(context, names[0], width - 4, cy - 6, colours.muted, "right");
    text(context, names[1], cx + 6, 12, colours.muted);
    text(context, `radius ${label(extent)}`, 4, height - 6, colours.muted);
    for (const { paths, colour, dash, marker, ...style } of groups) {
      for (const { x, y } of paths) polyline(context, x.map(X), y.map(Y), { colour, dash, ...style });
      if (!marker) continue;
      context.lineWidth = 1.5;
      for (const { x, y } of paths) {
        const [u, v] = [X(x[x.length - 1]), Y(y[y.length - 1])];
        context.beginPath();
        context.arc(u, v, marker === "dot" ? 4 : 5.5, 0, 2 * Math.PI);
        context.fillStyle = context.strokeStyle = colour;
        if (marker === "dot") context.fill();
        else context.stroke();
      }
    }
  }

  const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const picture = document.createElement("canvas");

  /** A square matrix in colours, its leading r-by-r block framed. */
  function heatmap(canvas, colours, { A, d, r }) {
    const { context, width, height } = fit(canvas);
    const side = Math.min(width, height - 22);
    const [left, top] = [(width - side) / 2, 0];
    const largest = A.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
    const [zero, plus, minus] = [colours.ground, colours.run, colours.negative].map(channels);
    picture.width = picture.height = d;
    const pen = picture.getContext("2d");
    const image = pen.createImageData(d, d);
    A.forEach((x, k) => {
      const share = Math.abs(x) / largest;
      const end = x > 0 ? plus : minus;
      for (let c = 0; c < 3; c++) image.data[4 * k + c] = zero[c] + share * (end[c] - zero[c]);
      image.data[4 * k + 3] = 255;
    });
    pen.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, left, top, side, side);
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    context.strokeRect(left + 1, top + 1, (side * r) / d, (side * r) / d);
    text(context, "row(M)", left + (side * r) / d + 7, top + 13, colours.ink);
    text(context, `largest entry ${largest.toPrecision(2)}`, left + side, height - 5, colours.muted, "right");
  }

  /** Where Lambda stands on a logarithmic scale between its neutral values. */
  function scale(canvas, colours, { Lambda, edges, names }) {
    const { context, width, height } = fit(canvas);
    const [low, high] = [0.01, 10];
    const X = (x) => (width * Math.log(Math.min(Math.max(x, low), high) / low)) / Math.log(high / low);
    const ends = [low, ...edges.map((edge) => Math.max(edge, low)), high];
    const shades = [0.55, 0.38, 0.22, 0.08];
    let taken = 0; // up to where names stand
    for (let k = 0; k < 4; k++) {
      const [from, to] = [X(ends[k]), X(ends[k + 1])];
      if (to <= from) continue;
      context.globalAlpha = shades[k];
      context.fillStyle = colours.run;
      context.fillRect(from, 14, to - from - 1, 14);
      context.globalAlpha = 1;
      const half = context.measureText(names[k]).width / 2;
      const middle = Math.min((from + to) / 2, width - half); // a name may stand out to the left, where there is room
      if (!half || middle - half < taken) continue;
      text(context, names[k], middle, height - 4, colours.ink, "center");
      taken = middle + half + 8;
    }
    context.strokeStyle = colours.muted;
    context.lineWidth = 1;
    context.strokeRect(0.5, 13.5, width - 1, 15);
    for (const edge of edges.slice(0, 2)) if (edge > low) text(context, label(edge), X(edge), 10, colours.muted, "center");
    const at = Math.min(Math.max(X(Lambda), 5), width - 5);
    context.fillStyle = colours.ink;
    context.beginPath();
    context.moveTo(at - 6, 8);
    context.lineTo(at + 6, 8);
    context.lineTo(at, 17);
    context.fill();
    context.fillRect(at - 1, 14, 2, 14);
  }

  return { palette, roundUp, chart, bars, plane, heatmap, scale };
})();
