// The map on a canvas: move, zoom, the nearest card, a lasso, and a slider of days. All of it is also in the table.
//
// Places are in [-1, 1], as the server flattened them; distances that are told come from the server and are the true ones.

import { alive, paint, place, scale, stretch } from "./drawing.js";

const sheet = document.getElementById("map");
const canvas = document.getElementById("map-canvas");
const tip = document.getElementById("map-tip");
const slider = document.getElementById("map-day");
const chosen = document.getElementById("map-chosen");
const HUES = 12;
const REACH = 14; // pixels around the pointer in which a card is found
const DAY = 86400000;

const view = { x: 0, y: 0, zoom: 1, wide: 1, high: 1 };
const state = { map: null, first: 0, until: Infinity, over: -1, lasso: null, mode: "pan", held: new Map(), pinch: 0, play: 0, due: false, region: -1 };
let ink = {};

if (sheet && canvas) start();

async function start() {
  const answer = await fetch(sheet.dataset.source, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return say("The picture could not be loaded. The table below says the same.");
  state.map = await answer.json();
  for (const part of sheet.querySelectorAll(".js-only")) part.hidden = false;
  days();
  colours();
  fit();
  home();
  listen();
}

function say(words) {
  const note = document.createElement("p");
  note.className = "notice amber";
  note.textContent = words;
  canvas.replaceWith(note);
}

// --- days ------------------------------------------------------------------------------------
function days() {
  const { points, you } = state.map;
  for (const one of [...points, ...(you?.trail ?? [])]) one.day = Date.parse(one.date) / DAY;
  const born = points.map((one) => one.day);
  state.first = Math.min(...born);
  slider.max = Math.max(...born) - state.first;
  slider.value = slider.max;
}

function pickDay() {
  const last = Number(slider.value) >= Number(slider.max);
  state.until = last ? Infinity : state.first + Number(slider.value);
  document.getElementById("map-date").textContent = iso(state.first + Number(slider.value));
  draw();
}

function iso(day) {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

function play() {
  const button = document.getElementById("map-play");
  clearInterval(state.play);
  const going = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(going));
  button.textContent = going ? "Pause" : "Play";
  if (!going) return;
  if (Number(slider.value) >= Number(slider.max)) slider.value = 0;
  state.play = setInterval(() => {
    if (Number(slider.value) >= Number(slider.max)) return play();
    slider.value = Number(slider.value) + 1;
    pickDay();
  }, 220);
}

// --- drawing ---------------------------------------------------------------------------------
function colours() {
  const probe = document.createElement("i");
  probe.hidden = true;
  sheet.append(probe);
  const read = (name) => {
    probe.className = name;
    return getComputedStyle(probe).color;
  };
  const sign = (name, part = "color") => getComputedStyle(sheet.querySelector(name))[part];
  ink = {
    hues: Array.from({ length: HUES }, (_, i) => read(`hue-${i}`)),
    text: getComputedStyle(document.body).color,
    soft: sign(".sign.unseen", "backgroundColor"),
    paper: getComputedStyle(canvas).backgroundColor,
    ring: sign(".sign.ring"),
    star: sign(".sign.star"),
    font: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
}

function fit() {
  const box = canvas.getBoundingClientRect();
  const sharp = window.devicePixelRatio || 1;
  view.wide = box.width;
  view.high = box.height;
  canvas.width = Math.round(box.width * sharp);
  canvas.height = Math.round(box.height * sharp);
  canvas.getContext("2d").setTransform(sharp, 0, 0, sharp, 0, 0);
  draw();
}

function draw() {
  if (state.due) return;
  state.due = true;
  requestAnimationFrame(() => {
    state.due = false;
    paint(canvas.getContext("2d"), { view, state, ink });
  });
}

// --- finding ---------------------------------------------------------------------------------
function nearest(x, y) {
  let best = -1;
  let least = REACH * REACH;
  state.map.points.forEach((one, i) => {
    if (!alive(state, one)) return;
    const [px, py] = place(view, one);
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < least) [best, least] = [i, far];
  });
  return best;
}

function inside(x, y, line) {
  let within = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i, i += 1) {
    const [xi, yi] = line[i];
    const [xj, yj] = line[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) within = !within;
  }
  return within;
}

function tell(i, x, y) {
  state.over = i;
  tip.hidden = i < 0;
  draw();
  if (i < 0) return;
  const one = state.map.points[i];
  const region = state.map.regions[one.region];
  const lines = [`${region?.name ?? ""} · ${one.date}${one.seen ? " · shown to you" : ""}`];
  if (one.distance !== null) lines.push(`${one.distance.toFixed(2)} from your taste`);
  for (const other of one.nearest) lines.push(`${other.distance.toFixed(2)} to “${state.map.points[other.point].title}”`);
  tip.replaceChildren(Object.assign(document.createElement("strong"), { textContent: one.title }));
  for (const line of lines) tip.append(Object.assign(document.createElement("span"), { textContent: line }));
  const left = Math.min(x + 14, view.wide - tip.offsetWidth - 6);
  const top = y + tip.offsetHeight + 20 > view.high ? y - tip.offsetHeight - 12 : y + 14;
  tip.style.translate = `${Math.max(4, left)}px ${Math.max(4, top)}px`;
}

// --- the lasso and what can be said of what it caught ------------------------------------------
function close() {
  const { line } = state.lasso;
  const caught = new Set();
  state.map.points.forEach((one, i) => {
    if (alive(state, one) && inside(...place(view, one), line)) caught.add(i);
  });
  state.lasso.caught = caught;
  const counts = new Map();
  for (const i of caught) {
    const { region } = state.map.points[i];
    if (region >= 0) counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  choose([...counts].sort((a, b) => b[1] - a[1]).map(([region]) => state.map.regions[region]), caught.size);
}

function choose(regions, cards) {
  chosen.hidden = !regions.length;
  const fields = regions.map((region) => {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "buddy", value: region.id });
    return field;
  });
  document.getElementById("map-buddies").replaceChildren(...fields);
  const names = regions.slice(0, 4).map((region) => region.name).join(", ");
  const rest = regions.length > 4 ? ` and ${regions.length - 4} more` : "";
  document.getElementById("map-caught").textContent = regions.length
    ? `${cards} ${cards === 1 ? "card" : "cards"} of ${names}${rest}. The scout goes to ${regions[0].name}.`
    : "";
  light(regions);
  draw();
}

function light(regions) {
  const ids = new Set(regions.map((region) => region.id));
  for (const row of document.querySelectorAll("tr[data-region]")) row.classList.toggle("lit", ids.has(row.dataset.region));
}

function letGo() {
  state.lasso = null;
  state.region = -1;
  choose([], 0);
}

// --- pointer, wheel, keys ----------------------------------------------------------------------
function at(event) {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function zoom(by, x = view.wide / 2, y = view.high / 2) {
  const old = scale(view);
  view.zoom = Math.max(view.whole / 2, Math.min(40 * view.whole, view.zoom * by));
  const change = 1 / old - 1 / scale(view);
  view.x += ((x - view.wide / 2) * change) / stretch(view);
  view.y -= (y - view.high / 2) * change;
  draw();
}

function move(dx, dy) {
  view.x -= dx / (scale(view) * stretch(view));
  view.y += dy / scale(view);
  draw();
}

function down(event) {
  canvas.setPointerCapture(event.pointerId);
  state.held.set(event.pointerId, at(event));
  state.moved = false;
  if (state.mode === "lasso" || event.shiftKey) state.lasso = { line: [at(event)], caught: null };
}

function drag(event) {
  const [x, y] = at(event);
  const before = state.held.get(event.pointerId);
  if (!before) return tell(nearest(x, y), x, y);
  state.held.set(event.pointerId, [x, y]);
  if (Math.hypot(x - before[0], y - before[1]) > 1) state.moved = true;
  if (state.held.size === 2) return pinch();
  if (state.lasso && !state.lasso.caught) {
    state.lasso.line.push([x, y]);
    return draw();
  }
  move(x - before[0], y - before[1]);
}

function pinch() {
  const [a, b] = [...state.held.values()];
  const far = Math.hypot(a[0] - b[0], a[1] - b[1]);
  if (state.pinch) zoom(far / state.pinch, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
  state.pinch = far;
}

function up(event) {
  state.held.delete(event.pointerId);
  state.pinch = 0;
  if (state.lasso && !state.lasso.caught) {
    if (state.lasso.line.length > 3) return close();
    state.lasso = null;
  }
  if (!state.moved) press(...at(event));
}

function press(x, y) {
  const i = nearest(x, y);
  if (i < 0) return letGo();
  const { region } = state.map.points[i];
  state.region = region;
  state.lasso = null;
  const here = state.map.regions[region];
  tell(i, x, y);
  if (here) choose([here], here.cards);
}

function mode(name) {
  state.mode = name;
  canvas.classList.toggle("lasso", name === "lasso");
  document.getElementById("map-pan").setAttribute("aria-pressed", String(name === "pan"));
  document.getElementById("map-lasso").setAttribute("aria-pressed", String(name === "lasso"));
}

const KEYS = {
  ArrowLeft: () => move(40, 0),
  ArrowRight: () => move(-40, 0),
  ArrowUp: () => move(0, 40),
  ArrowDown: () => move(0, -40),
  "+": () => zoom(1.3),
  "-": () => zoom(1 / 1.3),
  Escape: letGo,
};

/** Look at all of it. */
function home() {
  const all = [...state.map.points, ...(state.map.you ? [state.map.you] : [])];
  const ends = (axis) => [Math.min(...all.map((one) => one[axis])), Math.max(...all.map((one) => one[axis]))];
  const [left, right] = ends("x");
  const [low, high] = ends("y");
  Object.assign(view, { x: (left + right) / 2, y: (low + high) / 2, zoom: 1 });
  const room = Math.min((view.wide - 90) / ((right - left) * scale(view) * stretch(view) || 1), (view.high - 80) / ((high - low) * scale(view) || 1));
  view.whole = view.zoom = Math.max(0.2, Math.min(4, room));
  draw();
}

function listen() {
  const on = (id, run) => document.getElementById(id).addEventListener("click", run);
  on("map-in", () => zoom(1.5));
  on("map-out", () => zoom(1 / 1.5));
  on("map-home", home);
  on("map-pan", () => mode("pan"));
  on("map-lasso", () => mode("lasso"));
  on("map-play", play);
  on("map-drop", letGo);
  slider.addEventListener("input", pickDay);
  canvas.addEventListener("pointerdown", down);
  canvas.addEventListener("pointermove", drag);
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => tell(-1));
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, ...at(event));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const run = KEYS[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  });
  new ResizeObserver(fit).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colours();
    draw();
  });
}
