// "Next would be …": what an act would lead to, asked for after 400 ms of hover or focus and never before.

import { swap } from "./swap.js";

const PATIENCE = 400; // milliseconds
const known = new Map();
let timer = 0;
let asked = null;

for (const name of ["mouseover", "focusin"])
  document.addEventListener(name, (event) => {
    const button = event.target.closest?.("[data-peek]");
    if (!button || button === asked) return;
    leave();
    asked = button;
    timer = setTimeout(() => peek(button), PATIENCE);
  });

for (const name of ["mouseout", "focusout"])
  document.addEventListener(name, (event) => {
    if (asked && !asked.contains(event.relatedTarget)) leave();
  });

document.addEventListener("swapped", (event) => {
  if (event.detail.nodes.some((node) => !node.classList.contains("peek"))) known.clear();
});

async function peek(button) {
  const address = button.dataset.peek;
  try {
    if (!known.has(address)) {
      const answer = await fetch(address, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
      if (!answer.ok) return;
      known.set(address, await answer.text());
    }
  } catch {
    return; // no preview without a connection; the act itself says so
  }
  if (asked === button && button.isConnected) swap(known.get(address));
}

function leave() {
  clearTimeout(timer);
  const place = asked && document.getElementById(asked.dataset.peekInto);
  if (place) place.textContent = "";
  asked = null;
}
