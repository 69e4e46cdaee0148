"""Spans for OpenTelemetry: off unless the setting `telemetry` names a collector; never any content.

The only module that knows a ``gen_ai`` name, because none of them is stable. While it is off, each
span is a context that does nothing and no OpenTelemetry module is imported.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from ammo_agents.errors import MissingPartError, SettingError

NAME = "ammo_agents"
OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
MODEL = "gen_ai.request.model"
AGENT = "gen_ai.agent.id"
TOOL = "gen_ai.tool.name"
TOKENS_IN = "gen_ai.usage.input_tokens"
TOKENS_OUT = "gen_ai.usage.output_tokens"
ERROR = "error.type"

_tracing: dict[str, Any] = {}
"""``tracer`` and ``provider`` while spans are made; empty = off."""


class Span:
    """One thing that is timed; what it is told are counts and names, never texts."""

    def __init__(self, inner: Any = None) -> None:
        self._inner = inner

    def used(self, *, tokens_in: int, tokens_out: int) -> None:
        """Note how many tokens a call read and wrote."""
        self._note({TOKENS_IN: tokens_in, TOKENS_OUT: tokens_out})

    def failed(self, error: BaseException) -> None:
        """Note what kind of error ended it; its message may hold a person's words and is left out."""
        self._note({ERROR: type(error).__name__})

    def _note(self, values: Mapping[str, str | int]) -> None:
        if self._inner is not None:
            self._inner.set_attributes(dict(values))


@contextmanager
def agent(id: str) -> Iterator[Span]:
    """Time a Goal Buddy at work: ``invoke_agent``."""
    with _span(f"invoke_agent {id}", {OPERATION: "invoke_agent", AGENT: id}) as span:
        yield span


@contextmanager
def chat(model: str) -> Iterator[Span]:
    """Time one call of a language model: ``chat``."""
    provider, _, name = model.partition("/")
    with _span(f"chat {name}", {OPERATION: "chat", PROVIDER: provider, MODEL: name}) as span:
        yield span


@contextmanager
def tool(name: str) -> Iterator[Span]:
    """Time one tool that another agent called: ``execute_tool``."""
    with _span(f"execute_tool {name}", {OPERATION: "execute_tool", TOOL: name}) as span:
        yield span


def start(endpoint: str, *, exporter: Any = None) -> bool:
    """Send spans to an OTLP endpoint from now on; empty = stay off. `exporter` replaces the OTLP one.

    Raises:
        SettingError: the endpoint is no http(s) address.
        MissingPartError: the telemetry extra is not installed.
    """
    if not endpoint and exporter is None:
        return False
    if exporter is None and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise SettingError(
            f"telemetry {endpoint!r} is no OTLP endpoint",
            hint="Write it as http://127.0.0.1:4317, or leave it empty: off.",
        )
    sdk, export, resources = _parts()
    if exporter is None:
        otlp = _part("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
        exporter = otlp.OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http:"))
    provider = sdk.TracerProvider(resource=resources.Resource.create({"service.name": "ammo"}))
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    _tracing.update(provider=provider, tracer=provider.get_tracer(NAME))
    return True


def stop() -> None:
    """Send what is left and make no more spans; may block for the exporter's timeout."""
    provider = _tracing.pop("provider", None)
    _tracing.clear()
    if provider is not None:
        provider.shutdown()


@contextmanager
def _span(name: str, attributes: Mapping[str, str]) -> Iterator[Span]:
    tracer = _tracing.get("tracer")
    if tracer is None:
        yield Span()
        return
    with tracer.start_as_current_span(
        name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
    ) as inner:
        span = Span(inner)
        try:
            yield span
        except BaseException as error:
            span.failed(error)
            raise


def _parts() -> tuple[Any, Any, Any]:
    names = ("trace", "trace.export", "resources")
    sdk, export, resources = (_part(f"opentelemetry.sdk.{name}") for name in names)
    return sdk, export, resources


def _part(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingPartError(
            f"telemetry is on, and {error.name} is not installed",
            hint="pip install 'ammo-agents[telemetry]', or switch it off: AMMO_TELEMETRY=",
        ) from error
