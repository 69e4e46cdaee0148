// The page's one event stream: the person's diary, or what the page names in `data-stream`. It begins after the number the
// page was rendered with, closes while the tab is hidden and catches up when it is shown. Pieces of an answer are appended
// as text; everything else goes through swap.js.

import { line, swap } from "./swap.js";

const LATE = 2000; // milliseconds without a connection before the thin bar says so
const SENTENCE = /[^.!?]*[.!?]+(?=\s|$)/g;
const log = document.querySelector("[data-after]");
const began = new WeakMap();
const unsaid = new Map();
let after = Number(log?.dataset.after ?? NaN);
let source = null;
let late = 0;

function open() {
  if (source || document.hidden || Number.isNaN(after) || log.hasAttribute("data-past")) return;
  source = new EventSource(`${log.dataset.stream ?? "/runs/stream"}?after=${after}`);
  source.onopen = () => connected(true);
  source.onerror = () => connected(false);
  on("html", (data) => swap(data));
  on("piece", (data) => piece(JSON.parse(data)));
  on("step", (data) => step(JSON.parse(data)));
  on("unread", (data) => unread(Number(data)));
  source.addEventListener("over", () => {
    close();
    line("This session has ended. What you typed is kept; log in again.");
  });
}

function on(name, take) {
  source.addEventListener(name, (event) => {
    const seq = Number(event.lastEventId);
    if (seq <= after && name !== "html") return; // seen already
    const low = nearEnd();
    take(event.data);
    after = Math.max(after, seq);
    if (low) scrollTo({ top: document.body.scrollHeight });
  });
}

function close() {
  source?.close();
  source = null;
  clearTimeout(late);
  late = 0;
}

function connected(yes) {
  if (yes) {
    clearTimeout(late);
    late = 0;
    return line("");
  }
  // Each failed try to connect comes here: the time runs from the first of them.
  late ||= setTimeout(() => line("Connection lost. What you typed is kept; trying again."), LATE);
  if (source?.readyState === EventSource.CLOSED) {
    source = null;
    setTimeout(open, LATE);
  }
}

function piece({ message, delta }) {
  const body = document.getElementById(`${message}-text`);
  if (!body) return;
  body.append(delta);
  speak(message, delta);
}

/** Announce whole sentences only, never tokens. */
function speak(message, delta) {
  const text = (unsaid.get(message) ?? "") + delta;
  const whole = text.match(SENTENCE);
  if (!whole) return unsaid.set(message, text);
  document.getElementById("spoken").textContent = whole.join("").trim();
  unsaid.set(message, text.slice(whole.join("").length));
}

function step({ run, step }) {
  const words = document.getElementById(`${run}-step`);
  if (words) words.textContent = step;
}

function unread(count) {
  const bell = document.getElementById("bell");
  if (!bell) return;
  bell.querySelector(".count")?.remove();
  if (!count) return;
  const badge = document.createElement("span");
  badge.className = "count";
  badge.setAttribute("aria-label", `${count} unread`);
  badge.textContent = count;
  bell.append(badge);
}

function nearEnd() {
  return !log.dataset.stream && innerHeight + scrollY > document.body.scrollHeight - 160;
}

function tick() {
  for (const place of document.querySelectorAll("[data-seconds]")) {
    if (!began.has(place)) began.set(place, Date.now());
    place.textContent = `${Math.round((Date.now() - began.get(place)) / 1000)} s`;
  }
}

// Only the last sixty messages live on the page; older ones are behind “Earlier”.
document.addEventListener("swapped", ({ detail }) => {
  if (!detail.nodes.some((node) => node.parentElement === log)) return;
  document.getElementById("openers")?.remove();
  while (log.querySelectorAll(".bubble").length > 60 && log.children.length > 2) log.firstElementChild.remove();
});

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
addEventListener("pageshow", open);

const box = document.getElementById("words");
box?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  box.form.requestSubmit();
});
setInterval(tick, 1000);
open();
