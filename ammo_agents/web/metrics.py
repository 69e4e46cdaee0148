"""Figures for Prometheus, in a registry of their own; no label holds a person's words or id."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from ammo_agents.web.gate import Asgi, Receive, Scope, Send

Plain = Mapping[str, Any]
FEED = ("/", "/aipp/v1/feed", "/api/v1/feed", "/api/v1/sitting", "/next")
"""Paths whose answers are feeds."""
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """What this process measures by itself; what the ledger knows is read when somebody asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.feed = Histogram(
            "ammo_feed_seconds",
            "Seconds until a feed was answered.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.streams = Gauge("ammo_streams", "Event streams open now.", registry=self.registry)

    def text(self, figures: Plain) -> bytes:
        """Return everything in Prometheus' text format."""
        ledger = CollectorRegistry()
        ledger.register(_Kept(figures))
        return generate_latest(self.registry) + generate_latest(ledger)


class Measured:
    """ASGI middleware: times feeds to their end, and counts event streams while they are open."""

    def __init__(self, app: Asgi, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and measure it."""
        streaming = False

        async def watched(message: MutableMapping[str, Any]) -> None:
            nonlocal streaming
            if message["type"] == "http.response.start":
                kinds = [v for k, v in message["headers"] if k.lower() == b"content-type"]
                streaming = any(kind.startswith(b"text/event-stream") for kind in kinds)
                self._metrics.streams.inc(int(streaming))
            await send(message)

        begun = time.perf_counter()
        try:
            await self._app(scope, receive, watched)
        finally:
            self._metrics.streams.dec(int(streaming))
            if scope.get("method") == "GET" and scope.get("path") in FEED:
                self._metrics.feed.observe(time.perf_counter() - begun)


class _Kept:
    """Turns the ledger's figures into metrics."""

    def __init__(self, figures: Plain) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Yield each metric."""
        figures = self._figures
        yield _counter(
            "ammo_cards_published",
            "Cards published.",
            ["subspace"],
            (((space,), n) for space, n in sorted(figures["published"].items())),
        )
        yield _counter(
            "ammo_cards_refused",
            "Drafts that stayed unpublished.",
            ["subspace", "stage"],
            (((one["subspace"], one["stage"]), one["count"]) for one in figures["refused"]),
        )
        yield _counter("ammo_slates", "Slates presented.", [], [((), figures["slates"])])
        yield _gauge(
            "ammo_acts",
            "Acts that stand; taking one back lowers it.",
            ["act"],
            (((act,), n) for act, n in figures["acts"].items()),
        )
        yield _gauge(
            "ammo_tokens_today", "Tokens booked this UTC day.", [], [((), figures["tokens_today"])]
        )
        yield _gauge(
            "ammo_money_today_dollars",
            "US dollars booked this UTC day.",
            [],
            [((), figures["money_today"])],
        )
        yield _gauge(
            "ammo_notices",
            "Recent notices, by where they stand and which gate held them back.",
            ["stand", "reason"],
            (((one["stand"], one["reason"]), one["count"]) for one in figures["notices"]),
        )


Rows = Iterable[tuple[tuple[str, ...], float]]


def _counter(name: str, help: str, labels: list[str], rows: Rows) -> Metric:
    family = CounterMetricFamily(name, help, labels=labels)
    for values, n in rows:
        family.add_metric(values, n)
    return family


def _gauge(name: str, help: str, labels: list[str], rows: Rows) -> Metric:
    family = GaugeMetricFamily(name, help, labels=labels)
    for values, n in rows:
        family.add_metric(values, n)
    return family
