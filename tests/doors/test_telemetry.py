"""Spans: off by default, on purpose only, and never a person's words."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ammo_agents import telemetry
from ammo_agents.app import App
from ammo_agents.errors import MissingPartError, SettingError
from ammo_agents.records import Message, Prompt, Sampling
from ammo_agents.settings import load

CANARY = "canary-7731"


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    telemetry.start("", exporter=exporter)
    yield exporter
    telemetry.stop()


async def test_a_model_call_is_a_span_with_its_tokens_and_without_its_words(
    app: App, spans: InMemorySpanExporter
) -> None:
    model = await app.model()
    prompt = Prompt(messages=(Message(role="user", text=CANARY),))
    await model.complete(prompt, Sampling(max_tokens=8))
    with pytest.raises(ValueError, match=CANARY), telemetry.tool("why"):
        raise ValueError(CANARY)
    with telemetry.agent("coin/bitcoin"):
        pass
    await asyncio.to_thread(telemetry.stop)
    found = {span.name: dict(span.attributes or {}) for span in spans.get_finished_spans()}
    assert set(found) == {"chat shots", "execute_tool why", "invoke_agent coin/bitcoin"}
    assert found["chat shots"]["gen_ai.operation.name"] == "chat"
    assert found["chat shots"]["gen_ai.usage.output_tokens"]
    assert found["execute_tool why"]["error.type"] == "ValueError"
    assert CANARY not in str([span.to_json() for span in spans.get_finished_spans()])


def test_it_is_off_by_default_and_imports_nothing() -> None:
    assert telemetry.start(load(env={}).settings.telemetry) is False
    source = (
        "import sys; from ammo_agents import telemetry; telemetry.start('')\n"
        "with telemetry.chat('a/b') as span: span.used(tokens_in=1, tokens_out=1)\n"
        "print(any(m.startswith('opentelemetry') for m in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True, timeout=50
    )
    assert done.stdout.strip() == "False"


def test_an_endpoint_that_is_none_and_a_missing_package_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(SettingError):
        load(env={"AMMO_TELEMETRY": "collector:4317"})
    with pytest.raises(SettingError):
        telemetry.start("collector:4317")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(MissingPartError, match="telemetry is on"):
        telemetry.start("http://127.0.0.1:4317")
