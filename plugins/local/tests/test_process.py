import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ammo_local import model as model_module
from ammo_local.model import LocalModel
from ammo_local.provider import LocalModels

from ammo_agents.errors import ModelCrashedError, ModelTimeoutError
from ammo_agents.records import Message, Piece, Prompt, Sampling

pytestmark = pytest.mark.slow
ASK = Prompt(messages=(Message(role="user", text="Tell a long story about the sea."),))
LONG = Sampling(max_tokens=400, temperature=1.0)
SHORT = Sampling(max_tokens=8)
PARENT = """
import asyncio, sys
from ammo_agents.settings import load
from ammo_local.provider import LocalModels

async def main():
    model = await LocalModels(load().settings).open_model("local/smollm2-135m")
    print(model.child.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def gone(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return (
        not state.exists() or state.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    )


async def eventually_gone(pid: int) -> bool:
    for _ in range(100):
        if await asyncio.to_thread(gone, pid):
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_kill_in_mid_stream_is_an_error_and_the_next_call_works(model: LocalModel) -> None:
    pieces: list[Piece] = []

    async def read() -> None:
        async for piece in model.stream(ASK, LONG):
            pieces.append(piece)
            if len(pieces) == 3 and model.child.pid is not None:
                os.kill(model.child.pid, signal.SIGKILL)

    with pytest.raises(ModelCrashedError, match="went away"):
        await read()
    assert pieces
    assert all(piece.completion is None for piece in pieces)
    assert (await model.complete(ASK, SHORT)).text
    assert model.child.starts == 2


async def test_a_deadline_ends_a_call_and_keeps_a_child_that_reacts(model: LocalModel) -> None:
    pid = model.child.pid
    with pytest.raises(ModelTimeoutError):
        await model.complete(ASK, Sampling(max_tokens=1500, deadline_s=0.3))
    assert (await model.complete(ASK, SHORT)).text
    assert model.child.pid == pid


async def test_a_child_that_does_not_react_is_killed_and_started_again(
    model: LocalModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_module, "GRACE_S", 0.3)
    first = model.child.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(ModelTimeoutError):
        await model.complete(ASK, Sampling(max_tokens=8, deadline_s=0.3))
    assert await eventually_gone(first)
    assert (await model.complete(ASK, SHORT)).text
    assert model.child.pid != first


async def test_closing_leaves_no_process(provider: LocalModels) -> None:
    model = await provider.open_model("local/smollm2-135m")
    assert isinstance(model, LocalModel)
    pid = model.child.pid
    assert pid is not None
    await model.close()
    await model.close()
    assert await eventually_gone(pid)
    with pytest.raises(ModelCrashedError, match="closed"):
        await model.complete(ASK, SHORT)


async def test_a_killed_parent_takes_its_child_along(provider: LocalModels) -> None:
    def start() -> tuple[subprocess.Popen[bytes], int]:
        parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
        assert parent.stdout is not None
        return parent, int(parent.stdout.readline())

    def kill(parent: subprocess.Popen[bytes]) -> None:
        parent.kill()
        parent.communicate()

    parent, pid = await asyncio.to_thread(start)
    assert not await asyncio.to_thread(gone, pid)
    await asyncio.to_thread(kill, parent)
    assert await eventually_gone(pid)


async def test_a_stranger_on_loopback_is_refused(model: LocalModel) -> None:
    answer = await model._client.post(model.child.address + model_module.PATH, json={})
    assert answer.status_code == 401
    assert model.child.address.startswith("http://127.0.0.1:")
    assert model.child.token not in json.dumps(list(model.child.command))


async def test_the_same_question_with_the_same_seed_is_the_same_text(model: LocalModel) -> None:
    model.repeatable = True
    sampling = Sampling(max_tokens=40, seed=11, temperature=0.8)
    first = await model.complete(ASK, sampling)
    await model.complete(ASK, Sampling(max_tokens=40, seed=12))
    assert (await model.complete(ASK, sampling)).text == first.text
    other = await model.complete(ASK, Sampling(max_tokens=40, seed=13, temperature=0.8))
    assert other.text != first.text
