// Two tabs agree: a feed that was hidden catches up when it is shown, by the page as it stands now. What is open, focused
// or half typed on cards that did not change stays as it is.

const PARTS = ["topline", "asides", "feed-end"];
let busy = false;

document.addEventListener("visibilitychange", () => document.hidden || agree());
addEventListener("pageshow", (event) => event.persisted && agree());

async function agree() {
  const feed = document.getElementById("feed");
  if (!feed || busy) return;
  busy = true;
  try {
    const answer = await fetch(location.pathname, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) take(feed, new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Without a connection the page stays as it is; the next act says so.
  }
  busy = false;
}

function take(feed, now) {
  const there = now.getElementById("feed");
  if (!there || document.querySelector("form.busy")) return;
  const ids = [...there.children].map((card) => card.id);
  for (const card of [...feed.children]) if (!ids.includes(card.id)) card.remove();
  for (const card of [...there.children]) {
    const here = document.getElementById(card.id);
    if (!here) feed.append(card);
    else if (here.dataset.state !== card.dataset.state) here.replaceWith(card);
  }
  for (const id of PARTS) {
    const [old, fresh] = [document.getElementById(id), now.getElementById(id)];
    if (old && fresh && old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
  }
}
