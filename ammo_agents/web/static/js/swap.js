// The one place that turns answer text into nodes.
//
// Every top-level element of an answer has an `id`: a known id is replaced in place, an unknown one is appended to the
// element whose id its `data-into` names; one with `data-gone` only takes its namesake away, one with `data-once` gives
// way to it. Focus, scroll and half-typed text stay. When it is done, the document hears `swapped` with {nodes, before}: the new elements, and the element that had the focus.

const SHOWN = 9000; // milliseconds a toast stays, unless somebody is reading it

/** Put the elements of an answer where they belong and return them. */
export function swap(text) {
  const template = document.createElement("template");
  template.innerHTML = text;
  const before = document.activeElement;
  const nodes = [];
  for (const node of [...template.content.children]) {
    const old = node.id ? document.getElementById(node.id) : null;
    if ("gone" in node.dataset) {
      old?.remove();
      continue;
    }
    if (old && "once" in node.dataset) continue; // a placeholder: what is there is further on
    if (old) replace(old, node);
    else if (!append(node)) continue;
    nodes.push(node);
  }
  document.dispatchEvent(new CustomEvent("swapped", { detail: { nodes, before } }));
  return nodes;
}

/** Say something for a moment; `action` is {words, run} for a button beside it. */
export function toast(words, { bad = false, action = null } = {}) {
  const box = document.createElement("p");
  box.className = bad ? "toast bad" : "toast";
  box.append(document.createElement("span"));
  box.firstChild.textContent = words;
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = action.words;
    button.addEventListener("click", () => {
      box.remove();
      action.run();
    });
    box.append(button);
  }
  document.getElementById("toasts").append(box);
  fade(box);
  return box;
}

/** Show the thin line on top that says what the connection is doing; empty words take it away. */
export function line(words) {
  let bar = document.getElementById("line");
  if (!words) return bar?.remove();
  if (!bar) {
    bar = document.createElement("p");
    bar.id = "line";
    bar.className = "offline-bar";
    bar.setAttribute("role", "status");
    document.body.append(bar);
  }
  if (bar.textContent !== words) bar.textContent = words;
}

function replace(old, node) {
  const held = old.contains(document.activeElement) ? handle(document.activeElement) : null;
  keepTyped(old, node);
  for (const open of old.querySelectorAll("details[open][id]")) {
    const same = node.querySelector(`#${CSS.escape(open.id)}`);
    if (same) same.open = true;
  }
  old.replaceWith(node);
  if (held && !node.hasAttribute("data-focus")) held(node)?.focus({ preventScroll: true });
  if (node.hasAttribute("data-focus")) node.focus({ preventScroll: true });
}

function append(node) {
  const into = document.getElementById(node.dataset.into || (node.classList.contains("toast") ? "toasts" : ""));
  if (!into) return false;
  into.append(node);
  if (into.id === "toasts") fade(node);
  if (node.hasAttribute("data-focus")) node.focus({ preventScroll: true });
  return true;
}

/** Return how to find the element again inside what replaces its surroundings. */
function handle(element) {
  const { id, name } = element;
  const { key } = element.dataset;
  return (node) => {
    if (id) return node.id === id ? node : node.querySelector(`#${CSS.escape(id)}`);
    if (name) return node.querySelector(`[name="${CSS.escape(name)}"]:not([type=hidden])`);
    return key ? node.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
  };
}

function keepTyped(old, node) {
  for (const field of old.querySelectorAll("textarea[name], input[name]")) {
    if (["hidden", "checkbox", "radio", "file", "password"].includes(field.type)) continue;
    if (field.value === field.defaultValue || field.closest("form.sent")) continue;
    const same = node.querySelector(`${field.localName}[name="${CSS.escape(field.name)}"]`);
    if (same && same.value === same.defaultValue) same.value = field.value;
  }
}

function fade(box) {
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, SHOWN) : box.remove());
  setTimeout(leave, SHOWN);
}
