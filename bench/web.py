"""The web app as a person and as a program meet it, on a fresh home with the seed cards.

    python bench/web.py [--likes 60] [--clients 16] [--events 500] [--seconds 4] [--json]

start    seconds from `ammo up` to its link, to the first page, to the first paint in chromium
page     bytes and requests of the feed, as the browser counts them, and requests beyond loopback
like     milliseconds from a click on Like to the next card in the DOM
clients  programs that each send their events one after the other: errors, losses, order, p50 and p95
feed     requests per second of GET /aipp/v1/feed beside a bare FastAPI route that gives the same bytes,
         served by the same uvicorn with the same settings, in turn; the median of the turns counts
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from machine import machine
from playwright.sync_api import sync_playwright

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)/login\?t=\S+")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ACTS = (
    "interactionLike",
    "skip",
    "save",
    "interactionShare",
    "reply",
    "open",
    "interactionSeen",
    "dwell",
    "requestMore",
)
LEARNED = frozenset({"interactionLike", "skip", "save", "interactionShare", "reply", "requestMore"})
WITH: dict[str, dict[str, Any]] = {"dwell": {"dwell_ms": 1200}, "reply": {"note": "a word"}}
TURNS = 5
LIKE = """() => new Promise((done, fail) => {
  const feed = document.querySelector('[role=feed]');
  const cards = () => feed.querySelectorAll(':scope > article').length;
  const before = cards();
  const button = [...feed.querySelectorAll('button')].find(b => /^\\s*Like/.test(b.textContent) && b.offsetParent);
  if (!button) { fail(new Error('no Like button')); return; }
  const began = performance.now();
  const watch = new MutationObserver(() => {
    if (cards() > before) { watch.disconnect(); done(performance.now() - began); }
  });
  watch.observe(feed, {childList: true, subtree: true});
  setTimeout(() => fail(new Error('no next card within 10 s')), 10000);
  button.click();
})"""
BARE = """
import sys
from pathlib import Path
import uvicorn
from fastapi import FastAPI, Response
body = Path(sys.argv[1]).read_bytes()
app = FastAPI(openapi_url=None)
@app.get("/feed")
async def feed() -> Response:
    return Response(body, media_type="application/json")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error", server_header=False, date_header=False, ws="none", lifespan="off")
"""


@dataclass(slots=True)
class Up:
    """A running app on a fresh home."""

    home: Path
    link: str
    began: float
    ready: float

    @property
    def base(self) -> str:
        """Where it listens."""
        return self.link.partition("/login")[0]

    def ammo(self, *words: str) -> Any:
        """Run a verb on the same home and return its JSON."""
        line = [str(Path(sys.executable).with_name("ammo")), *words, "--json"]
        env = {**os.environ, "AMMO_HOME": str(self.home)}  # noqa: TID251 - a child of this bench
        return json.loads(
            subprocess.run(line, capture_output=True, text=True, check=True, env=env).stdout
        )


@contextlib.contextmanager
def up(home: Path, *flags: str) -> Iterator[Up]:
    """Run `ammo up` on a home until the body ends."""
    line = [str(Path(sys.executable).with_name("ammo")), "up", "--no-open", "--port", "0", *flags]
    env = {**os.environ, "AMMO_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "200"}  # noqa: TID251 - a child of this bench
    began = time.perf_counter()
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=env)
    try:
        said = ""
        for text in process.stderr or ():
            said += text
            if found := LINK.search(text):
                yield Up(home, found.group(0), began, time.perf_counter())
                return
        raise SystemExit(said)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def seen(here: Up, likes: int) -> dict[str, Any]:
    """Return start, page and like, as chromium measures them."""
    path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    httpx.get(f"{here.base}/login", timeout=10)
    first_page = time.perf_counter() - here.began
    here.ammo("config", "show")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        strangers: list[str] = []
        page.on(
            "request", lambda r: None if r.url.startswith(here.base) else strangers.append(r.url)
        )
        page.goto(here.link)
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        bearer = {"Authorization": f"Bearer {here.ammo('token', 'show')['token']}"}
        with httpx.Client(base_url=here.base, headers=bearer, timeout=30) as api:
            api.post("/api/v1/profile", json={"name": "greeted", "value": True}).raise_for_status()
            api.post("/api/v1/profile", json={"name": "slots", "value": 40}).raise_for_status()
            api.post("/api/v1/sitting/again").raise_for_status()
            page.goto(here.base)
            weight = page.evaluate(
                "[performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]"
                ".map(e => [e.name, e.transferSize || e.encodedBodySize])"
            )
            page.wait_for_timeout(500)
            times: list[float] = []
            while len(times) < likes:
                if api.get("/api/v1/sitting").json()["left"] == 0:
                    api.post("/api/v1/sitting/again").raise_for_status()
                    page.goto(here.base)
                    if not api.get("/api/v1/sitting").json()["left"]:
                        break
                try:
                    times.append(float(page.evaluate(LIKE)))
                except Exception as error:  # noqa: BLE001 - the seed cards are used up
                    print(f"after {len(times)} likes: {error}", file=sys.stderr)
                    break
        browser.close()
    ordered = sorted(times)
    return {
        "start": {
            "link_s": round(here.ready - here.began, 2),
            "first_page_s": round(first_page, 2),
            "paint_ms": round(paint),
        },
        "page": {
            "requests": len(weight),
            "bytes": sum(int(b) for _, b in weight),
            "beyond_loopback": len(strangers),
        },
        "like": {
            "n": len(times),
            "p50_ms": round(statistics.median(ordered), 1),
            "p95_ms": round(ordered[int(0.95 * len(ordered))], 1),
        },
    }


@dataclass(slots=True)
class Client:
    """One program that says one thing after the other."""

    api: httpx.AsyncClient
    events: int
    took: list[float]
    errors: list[str]
    sent: int = 0
    kept: list[str] = field(default_factory=list)

    async def run(self) -> bool:
        """Send everything; return whether the home holds it all, in this order."""
        await self.api.post("/api/v1/profile", json={"name": "passive", "value": True})
        for page in range(100):
            request = {"request_id": f"bench-{page}", "limit": 8}
            found = (await self.api.post("/aipp/v1/feed", json=request)).json()["items"]
            for item, act in ((item, act) for item in found for act in ACTS):
                await self.say(item["impression"], act)
            if self.sent == self.events or not found:
                break
        held = (await self.api.get("/api/v1/events")).json()["events"]
        return [e["feedback"] for e in held] == self.kept and self.sent == self.events

    async def say(self, impression: str, act: str) -> None:
        """Send one event and keep how long the answer took."""
        if self.sent == self.events:
            return
        event = {
            "event": f"e{self.sent}",
            "impression": impression,
            "act": act,
            **WITH.get(act, {}),
        }
        began = time.perf_counter()
        answer = await self.api.post("/aipp/v1/interactions", json={"interactions": [event]})
        self.took.append(1e3 * (time.perf_counter() - began))
        self.sent += 1
        told = answer.json()
        if answer.status_code != 200 or told["answers"][0]["status"] != "kept":
            self.errors.append(json.dumps(told)[:300])
        elif act in LEARNED:
            self.kept.append(told["answers"][0]["feedback"])


async def clients(here: Up, tokens: list[str], events: int) -> dict[str, Any]:
    """Return what many programs at once come to."""
    took: list[float] = []
    errors: list[str] = []

    async def one(token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=here.base, headers=headers, timeout=60) as api:
            return await Client(api, events, took, errors).run()

    began = time.perf_counter()
    right = await asyncio.gather(*(one(token) for token in tokens))
    seconds = time.perf_counter() - began
    ordered = sorted(took)
    return {
        "clients": len(tokens),
        "events": len(took),
        "errors": len(errors),
        "first_error": errors[0] if errors else "",
        "complete_and_in_order": sum(right),
        "events_per_s": round(len(took) / seconds, 1),
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(0.95 * len(ordered))], 1),
    }


def rate(url: str, headers: dict[str, str], seconds: float) -> float:
    """Return requests per second of eight connections that ask again and again."""

    async def run() -> float:
        """Ask over bare sockets: a client that costs as little as can be leaves the server its core."""
        place = urlsplit(url)
        lines = {"host": place.netloc, **headers}
        asked = f"GET {place.path} HTTP/1.1\r\n"
        asked += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        done, end = 0, time.perf_counter() + seconds

        async def ask() -> None:
            nonlocal done
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            while time.perf_counter() < end:
                writer.write(f"{asked}\r\n".encode())
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200"):
                    raise SystemExit(head.decode())
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                await reader.readexactly(int(length.group(1)) if length else 0)
                done += 1
            writer.close()

        await asyncio.gather(*(ask() for _ in range(8)))
        return done / seconds

    return asyncio.run(run())


def feed(here: Up, token: str, seconds: float) -> dict[str, Any]:
    """Return the feed endpoint beside the bare route, in turn."""
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=here.base, headers=headers, timeout=30) as api:
        api.post("/aipp/v1/feed", json={"request_id": "bench-feed", "limit": 8}).raise_for_status()
        body = api.get("/aipp/v1/feed").content
    place = here.home / "body.json"
    place.write_bytes(body)
    port = int(here.base.rpartition(":")[2]) + 1
    bare = subprocess.Popen([sys.executable, "-c", BARE, str(place), str(port)])
    try:
        for _ in range(100):
            with contextlib.suppress(httpx.ConnectError):
                httpx.get(f"http://127.0.0.1:{port}/feed")
                break
            time.sleep(0.1)  # noqa: TID251 - waiting for another process
        ours, theirs = [], []
        for _ in range(TURNS):
            ours.append(rate(f"{here.base}/aipp/v1/feed", headers, seconds))
            theirs.append(rate(f"http://127.0.0.1:{port}/feed", {}, seconds))
    finally:
        bare.terminate()
        bare.wait()
    return {
        "bytes": len(body),
        "ours_per_s": round(statistics.median(ours)),
        "bare_per_s": round(statistics.median(theirs)),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
    }


def main() -> None:
    """Measure everything and print it."""
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    asked.add_argument("--likes", type=int, default=60)
    asked.add_argument("--clients", type=int, default=16)
    asked.add_argument("--events", type=int, default=500)
    asked.add_argument("--seconds", type=float, default=3.0)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    answer: dict[str, Any] = {
        "machine": machine("fastapi", "uvicorn", "starlette", "httpx"),
        "seed": 7,
    }
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with up(home / "a", "--no-write") as here:
            answer |= seen(here, given.likes)
        with up(home / "b", "--no-write") as here:
            tokens = []
            for k in range(given.clients):
                here.ammo("account", "add", f"p{k}", "--role", "user", "--no-password")
                words = (
                    "token",
                    "new",
                    "--for",
                    f"p{k}",
                    "--scope",
                    "read",
                    "--scope",
                    "feedback",
                    "--label",
                    "bench",
                )
                tokens.append(here.ammo(*words)["token"])
            answer["clients"] = asyncio.run(clients(here, tokens, given.events))
            answer["feed"] = feed(here, tokens[0], given.seconds)
    if given.json:
        print(json.dumps(answer, indent=2))
        return
    for name, values in answer.items():
        print(
            f"{name:8}",
            values
            if not isinstance(values, dict)
            else "  ".join(f"{k}={v}" for k, v in values.items()),
        )


if __name__ == "__main__":
    main()
