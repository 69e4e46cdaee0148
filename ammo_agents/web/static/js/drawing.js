// What the map looks like on its canvas. A scene is {view, state, ink}: where one looks, what is known, the colours.

const LEVELS = [0, 1.7, 3.2]; // zoom from which labels of a level are shown
const STRETCH = 1.6; // how much wider than high the picture may be drawn
const LEAST_RING = 11;
const LARGEST_RING = 34;

/** Return pixels per unit of the picture, upward. */
export function scale(view) {
  return Math.min(view.wide, view.high) * 0.46 * view.zoom;
}

/** Return how much wider the picture is drawn than high. */
export function stretch(view) {
  return Math.min(STRETCH, Math.max(1, view.wide / view.high));
}

/** Return where something of the map lies on the canvas, in pixels. */
export function place(view, one) {
  const s = scale(view);
  return [view.wide / 2 + (one.x - view.x) * s * stretch(view), view.high / 2 - (one.y - view.y) * s];
}

/** Return whether it was born on the day the slider is at. */
export function alive(state, one) {
  return one.day <= state.until;
}

/** Draw everything: rings, cards, the way and the star, labels, the lasso. */
export function paint(pen, scene) {
  const { view } = scene;
  pen.clearRect(0, 0, view.wide, view.high);
  rings(pen, scene);
  dots(pen, scene);
  trail(pen, scene);
  labels(pen, scene);
  lassoLine(pen, scene);
}

function rings(pen, { view, state, ink }) {
  pen.strokeStyle = ink.ring;
  pen.lineWidth = 1.25;
  pen.setLineDash([4, 4]);
  for (const region of state.map.regions) {
    if (!region.cards || region.seen) continue;
    const [x, y] = place(view, region);
    pen.beginPath();
    pen.arc(x, y, Math.max(LEAST_RING, Math.min(LARGEST_RING, region.spread * scale(view))), 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.setLineDash([]);
}

function dots(pen, { view, state, ink }) {
  const size = Math.max(2.5, Math.min(6, 3.4 * Math.sqrt(view.zoom / (view.whole || 1)))) * (state.map.points.length > 5000 ? 0.6 : 1);
  const caught = state.lasso?.caught;
  state.map.points.forEach((one, i) => {
    if (!alive(state, one)) return;
    const [x, y] = place(view, one);
    if (x < -9 || y < -9 || x > view.wide + 9 || y > view.high + 9) return;
    const hue = ink.hues[state.map.regions[one.region]?.hue ?? 0];
    const lit = i === state.over || caught?.has(i) || one.region === state.region;
    pen.globalAlpha = (caught?.size || state.region >= 0) && !lit ? 0.35 : 1;
    pen.beginPath();
    pen.arc(x, y, lit ? size + 2 : size, 0, 2 * Math.PI);
    pen.fillStyle = one.seen ? ink.paper : hue;
    pen.fill();
    if (one.seen || lit) {
      pen.strokeStyle = lit ? ink.text : hue;
      pen.lineWidth = 1.5;
      pen.stroke();
    }
  });
  pen.globalAlpha = 1;
}

function trail(pen, { view, state, ink }) {
  const { you } = state.map;
  if (!you) return;
  const way = [...you.trail.map((one) => place(view, one)), place(view, you)];
  pen.strokeStyle = ink.star;
  pen.lineWidth = 2;
  for (let i = 1; i < way.length; i += 1) {
    pen.globalAlpha = 0.15 + (0.6 * i) / way.length;
    pen.beginPath();
    pen.moveTo(...way[i - 1]);
    pen.lineTo(...way[i]);
    pen.stroke();
  }
  pen.globalAlpha = you.known ? 1 : 0.5;
  star(pen, ink, way.at(-1), 11);
  pen.globalAlpha = 1;
}

function star(pen, ink, [x, y], size) {
  pen.beginPath();
  for (let k = 0; k < 10; k += 1) {
    const turn = (k * Math.PI) / 5 - Math.PI / 2;
    const far = k % 2 ? size * 0.45 : size;
    pen.lineTo(x + far * Math.cos(turn), y + far * Math.sin(turn));
  }
  pen.closePath();
  pen.fillStyle = ink.star;
  pen.strokeStyle = ink.paper;
  pen.lineWidth = 2;
  pen.stroke();
  pen.fill();
}

function labels(pen, { view, state, ink }) {
  pen.font = `600 12.5px ${ink.font}`;
  pen.textAlign = "center";
  pen.lineJoin = "round";
  const taken = [];
  for (const label of state.map.labels) {
    if (view.zoom / (view.whole || 1) < LEVELS[label.level]) continue;
    const [x, y] = place(view, label);
    const half = pen.measureText(label.text).width / 2 + 4;
    const left = Math.max(half, Math.min(view.wide - half, x));
    const box = [left - half, y - 22, left + half, y - 4];
    if (taken.some((t) => box[0] < t[2] && box[2] > t[0] && box[1] < t[3] && box[3] > t[1])) continue;
    taken.push(box);
    pen.strokeStyle = ink.paper;
    pen.lineWidth = 4;
    pen.strokeText(label.text, left, y - 9);
    pen.fillStyle = ink.text;
    pen.fillText(label.text, left, y - 9);
  }
}

function lassoLine(pen, { state, ink }) {
  if (!state.lasso?.line.length) return;
  pen.beginPath();
  for (const [x, y] of state.lasso.line) pen.lineTo(x, y);
  pen.closePath();
  pen.strokeStyle = ink.star;
  pen.lineWidth = 1.5;
  pen.stroke();
  pen.globalAlpha = 0.08;
  pen.fillStyle = ink.star;
  pen.fill();
  pen.globalAlpha = 1;
}
