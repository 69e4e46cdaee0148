// Takes over `submit`: the answer is swapped in and the page stays where it is. Without this module the same forms post
// and come back by a redirect. A form with `data-whole` is left alone; so is every GET form.
//
// What cannot be sent because AMMO does not answer waits, is counted on the thin line, and is sent when it answers again.

import { line, swap, toast } from "./swap.js";

const AGAIN = 2000; // milliseconds between two tries
const waiting = [];
let timer = 0;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "whole" in form.dataset) return;
  event.preventDefault();
  if (form.classList.contains("busy")) return;
  const question = event.submitter?.dataset.confirm || form.dataset.confirm;
  if (question && !confirm(question)) return;
  send(job(form, event.submitter));
});

/** Return everything a request needs, taken from the form now: what is typed later belongs to the next one. */
function job(form, submitter) {
  const fields = new FormData(form, submitter);
  const multipart = form.enctype === "multipart/form-data";
  form.classList.add("busy");
  form.closest("[role=feed]")?.setAttribute("aria-busy", "true");
  submitter?.setAttribute("aria-disabled", "true");
  return {
    form,
    submitter,
    url: submitter?.hasAttribute("formaction") ? submitter.formAction : form.action,
    options: {
      method: "POST",
      body: multipart ? fields : new URLSearchParams(fields),
      headers: { "X-Fragment": "1", "X-CSRF": token() },
      credentials: "same-origin",
    },
  };
}

async function send(one) {
  let answer;
  try {
    answer = await fetch(one.url, one.options);
  } catch {
    wait(one);
    return false;
  }
  await take(one, answer);
  return true;
}

async function take(one, answer) {
  const type = answer.headers.get("content-type") || "";
  if (answer.redirected) {
    done(one);
    if (new URL(answer.url).pathname === location.pathname) location.reload();
    else location.assign(answer.url);
    return;
  }
  if (answer.ok) one.form.classList.add("sent");
  const text = await answer.text();
  const put = type.startsWith("text/html") ? swap(text) : [];
  if (!answer.ok && !put.length) toast(refusal(answer.status, type, text), { bad: true });
  if (answer.ok && "reset" in one.form.dataset) one.form.reset();
  done(one);
  one.form.classList.remove("sent");
  const menu = one.form.closest("details.pop[open]");
  if (menu && answer.ok) menu.open = false;
}

function done(one) {
  one.form.classList.remove("busy");
  document.querySelector("[role=feed]")?.setAttribute("aria-busy", "false");
  one.submitter?.removeAttribute("aria-disabled");
}

function refusal(status, type, text) {
  if (!type.includes("json")) return `That did not work (${status}). What you typed is kept.`;
  const problem = JSON.parse(text);
  return [problem.title, problem.fix].filter(Boolean).join(" ");
}

function wait(one) {
  waiting.push(one);
  tell();
  timer ||= setInterval(retry, AGAIN);
}

async function retry() {
  const next = waiting.shift();
  if (next && (await send(next)) && waiting.length === 0) {
    clearInterval(timer);
    timer = 0;
  }
  tell();
}

function tell() {
  const count = waiting.length;
  line(count ? `AMMO does not answer. ${count} ${count > 1 ? "actions wait" : "action waits"} and will be sent.` : "");
}

function token() {
  return document.querySelector("meta[name=csrf]")?.content ?? "";
}

// A menu that opens over the page closes by Escape and by a press elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.pop[open], details.menu[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.pop[open], details.menu[open]"))
    if (!open.contains(event.target)) open.open = false;
});
