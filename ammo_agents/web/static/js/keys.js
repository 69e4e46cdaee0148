// The keys of the feed pattern, and single letters printed on the buttons they press (`data-key`).
//
// Page Down and Page Up go from card to card, Ctrl+End and Ctrl+Home leave the feed. Letters act on the card that has the
// focus, or on the one in the middle of the window. `data-keys="off"` on the body switches the letters off.

const feed = () => document.querySelector("[role=feed]");
const cards = () => [...(feed()?.querySelectorAll(":scope > article") ?? [])];

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (moves(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.body.dataset.keys === "off" || event.key.length !== 1) return;
  const button = pressed(event.key.toLowerCase());
  if (!button) return;
  event.preventDefault();
  if (button.localName === "summary") button.focus();
  button.click();
});

document.addEventListener("submit", (event) => {
  const to = event.target.dataset.keysSwitch;
  if (to) document.body.dataset.keys = to;
});

document.addEventListener("swapped", (event) => {
  const { nodes, before } = event.detail;
  const acted = nodes.find((node) => node.matches("article.acted"));
  const opened = nodes.find((node) => node.matches("article[data-state=open]"));
  if (acted && !typing(before)) goOn(acted);
  else if (opened && !before?.isConnected) show(opened, "nearest");
  count();
});

function moves(event) {
  if (!feed()?.contains(event.target)) return false;
  const all = cards();
  const here = all.indexOf(event.target.closest("[role=feed] > article"));
  if (event.key === "PageDown" || event.key === "PageUp") {
    const to = all[here + (event.key === "PageDown" ? 1 : -1)];
    if (to) {
      event.preventDefault();
      show(to, "start");
    }
    return true;
  }
  if (event.ctrlKey && (event.key === "End" || event.key === "Home")) {
    const out = document.querySelector(event.key === "End" ? "[data-after-feed]" : "[data-before-feed]");
    if (out) {
      event.preventDefault();
      out.focus();
    }
    return true;
  }
  return false;
}

function pressed(key) {
  const selector = `[data-key="${CSS.escape(key)}"]:not([aria-disabled])`;
  const card = document.activeElement?.closest("article") ?? middle();
  return card?.querySelector(selector) ?? document.querySelector(`main > ${selector}, [data-keys-here] ${selector}`);
}

function middle() {
  const half = innerHeight / 2;
  return cards().find((card) => card.getBoundingClientRect().bottom > half);
}

/** After an act: the next card that waits takes the focus, and moves into sight only when it is out of it. */
function goOn(acted) {
  const all = cards();
  const later = all.slice(all.indexOf(acted) + 1).find((card) => card.dataset.state === "open");
  const next = later ?? document.getElementById("end") ?? acted;
  show(next, "nearest");
}

function show(card, block) {
  card.focus({ preventScroll: true });
  const box = card.getBoundingClientRect();
  const inside = box.top >= 0 && box.top < innerHeight * 0.6;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (block === "start" || !inside) card.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

function count() {
  cards().forEach((card, k) => card.setAttribute("aria-posinset", k + 1));
}

function typing(target) {
  return Boolean(target?.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
}
