"""Adapters served per request by the local plugin: the toy base in llama.cpp, compared with transformers by log-probs."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asked
import numpy as np
import pytest
import toy
import toy_lora
from ammo_local.model import LocalModel
from ammo_local.provider import LocalModels
from ammo_training.base_folder import Base
from ammo_training.packaging import pack

from ammo_agents.adapters.folder import AdapterFolder, sha256_of
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.errors import AdapterError, ModelCrashedError
from ammo_agents.records import Message, Mix, Prompt, Sampling
from ammo_agents.settings import Settings

# PEFT asks transformers by a name that version 6 drops.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
TURN = "<|im_start|>user\nSay something about {}.<|im_end|>\n<|im_start|>assistant\n"
TOPICS = ("rain", "bread", "tea and music in year 1900", "chess", "rain and bread in year 1901")
OTHERS = [f"Other text number {n} that is long and has many words in it." for n in range(4)]
TEXTS = [*(TURN.format(topic) for topic in TOPICS), *OTHERS]
"""Beginnings that are shared, and others that push them out of a slot."""
ASK = Prompt(messages=(Message(role="user", text="Say something about rain."),))
SHORT = Sampling(max_tokens=8, temperature=0.0, grammar="root ::= [a-z ]+")
LONG = replace(SHORT, max_tokens=180)
SEEDS = (3, 4)


@dataclass(frozen=True)
class Home:
    """A home with the toy as a local model and two adapters, and what transformers says of each."""

    settings: Settings
    base: Base
    adapters: tuple[AdapterManifest, ...]
    wanted: dict[str, list[np.ndarray[Any, Any]]]
    """Adapter id ("" = the base) → log-probs after each text."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("serving")
    models = root / "models"
    (models / "toy").mkdir(parents=True)
    gguf = toy.gguf(models / "toy" / "toy.gguf")
    sha = sha256_of(gguf)
    (models / "toy.toml").write_text(
        'id = "toy"\ntitle = "Toy"\ncontext = 256\ngrammar = true\n'
        f'[[files]]\nname = "toy.gguf"\nsize = {gguf.stat().st_size}\nsha256 = "{sha}"\n',
        encoding="utf-8",
    )
    settings = Settings(home=root, models_dir=models, model="local/toy", model_threads=1)
    base = toy.base(root / "base", sha256=sha)
    folder = AdapterFolder.of(settings)
    words, plain = toy.tokenizer(), toy.model().eval()
    wanted = {"": [asked.by_torch(plain, words, text) for text in TEXTS]}
    kept = []
    for seed in SEEDS:
        worn = toy_lora.on(toy.model().eval(), seed=seed)
        worn.save_pretrained(str(root / f"peft-{seed}"))
        one = AdapterManifest(base="local/toy", base_sha256=sha, name=f"toy {seed}", seed=seed)
        kept.append(pack(root / f"peft-{seed}", base, one, folder))
        wanted[kept[-1].id] = [asked.by_torch(worn, words, text) for text in TEXTS]
    return Home(settings, base, tuple(kept), wanted)


@pytest.fixture
def home(made: Home, tmp_path: Path) -> Home:
    """The home of one test, whose files may be altered."""
    assert made.settings.home is not None
    shutil.copytree(made.settings.home / "data", tmp_path / "data")
    return replace(made, settings=dataclasses.replace(made.settings, home=tmp_path))


@pytest.fixture
async def model(home: Home) -> AsyncIterator[LocalModel]:
    opened = await LocalModels(home.settings).open_model("local/toy")
    assert isinstance(opened, LocalModel)
    yield opened
    await opened.close()


def mixed(*ids: str, scale: float = 1.0) -> tuple[Mix, ...]:
    return tuple(Mix(id=id, scale=scale) for id in ids)


async def distance(model: LocalModel, home: Home, id: str, n: int = 0) -> float:
    """Ask the child that serves now with the list the model would send; return the mean |Δ log p| to transformers."""
    lora = model.servers.now.lora(mixed(id) if id else ())
    found = await asked.by_llama(model.child, TEXTS[n], lora)
    return asked.apart(found, home.wanted[id][n])


async def test_adapters_come_while_the_model_runs_and_each_call_has_its_own(
    model: LocalModel, home: Home
) -> None:
    one, two = (m.id for m in home.adapters)
    base = (await model.complete(ASK, SHORT)).text
    first = model.child
    assert model.servers.now.adapters == ()
    said = {id: (await model.complete(ASK, replace(SHORT, adapters=mixed(id)))).text for id in (one, two)}  # fmt: skip
    assert len({base, *said.values()}) == 3
    assert (await model.complete(ASK, SHORT)).text == base
    assert (await model.complete(ASK, replace(SHORT, adapters=mixed(one)))).text == said[one]
    assert model.servers.switches == 2, "each adapter is loaded once"
    assert first.pid is None, "the old child ended"
    assert set(model.servers.now.adapters) == {one, two}
    for id in ("", one, two):
        for n in range(len(TEXTS)):
            assert await distance(model, home, id, n) < 0.02, id


async def test_calls_with_and_without_adapters_never_read_each_others_cache(
    model: LocalModel, home: Home
) -> None:
    one, two = (m.id for m in home.adapters)
    for id in (one, two):
        await model.complete(ASK, replace(SHORT, adapters=mixed(id)))
    rng = np.random.default_rng(7)
    for _ in range(120):
        id, n = str(rng.choice(["", one, two])), int(rng.integers(len(TEXTS)))
        assert await distance(model, home, id, n) < 0.02, (id, n)


async def test_the_whole_list_goes_with_every_call(model: LocalModel, home: Home) -> None:
    one, two = sorted(m.id for m in home.adapters)
    await model.complete(ASK, replace(SHORT, adapters=mixed(one, two, scale=0.5)))
    server = model.servers.now
    assert server.lora(()) == [{"id": 0, "scale": 0.0}, {"id": 1, "scale": 0.0}]
    assert server.lora(mixed(two, scale=0.3)) == [
        {"id": 0, "scale": 0.0},
        {"id": 1, "scale": 0.3},
    ]


async def test_a_call_that_names_none_is_the_bases_even_without_our_list(
    model: LocalModel, home: Home
) -> None:
    await model.complete(ASK, replace(SHORT, adapters=mixed(home.adapters[0].id)))
    # Without the list llama.cpp also goes on from what it remembers of an adapter's call: ours always send it.
    found = await asked.by_llama(model.child, TEXTS[1], None, remember=False)
    assert asked.apart(found, home.wanted[""][1]) < 0.02


async def test_the_old_child_answers_to_its_last_word_while_the_new_one_takes_over(
    model: LocalModel, home: Home
) -> None:
    old = model.child
    stream = model.stream(ASK, LONG)
    pieces = [await anext(stream)]
    model.turns.patience_s = 0.0
    other = await model.complete(ASK, replace(SHORT, adapters=mixed(home.adapters[0].id)))
    assert other.text
    assert model.child is not old
    assert old.pid is not None, "it still owes an answer"
    pieces += [piece async for piece in stream]
    assert pieces[-1].completion is not None
    for _ in range(200):
        if old.pid is None:
            break
        await asyncio.sleep(0.02)
    assert old.pid is None


async def test_calls_of_the_base_go_on_while_a_child_with_an_adapter_starts(
    model: LocalModel, home: Home
) -> None:
    await model.complete(ASK, SHORT)
    model.turns.patience_s = 1000.0
    other = asyncio.create_task(
        model.complete(ASK, replace(SHORT, adapters=mixed(home.adapters[0].id)))
    )
    answered = 0
    while model.servers.switches == 0:
        await model.complete(ASK, SHORT)
        answered += 1
    assert answered >= 1
    assert not other.done(), "these were answered before it"
    assert (await other).text


async def test_closing_in_the_middle_of_a_switch_leaves_no_process(
    model: LocalModel, home: Home
) -> None:
    old = model.child
    stream = model.stream(ASK, LONG)
    await anext(stream)
    model.turns.patience_s = 0.0
    await model.complete(ASK, replace(SHORT, adapters=mixed(home.adapters[0].id)))
    assert old.pid is not None
    await model.close()
    assert old.pid is None
    assert model.child.pid is None
    with pytest.raises(ModelCrashedError):
        [piece async for piece in stream]


async def test_calls_that_ask_at_once_start_one_new_child(model: LocalModel, home: Home) -> None:
    one, two = (m.id for m in home.adapters)
    sampling = [replace(SHORT, adapters=mixed(id)) for id in (one, two, one, two)]
    calls = [model.complete(ASK, s) for s in sampling]
    found = await asyncio.gather(*calls, model.complete(ASK, SHORT))
    assert found[0].text == found[2].text != found[1].text == found[3].text
    assert model.servers.switches <= 2


@pytest.mark.parametrize("how", ["altered", "gone", "another base", "no gguf"])
async def test_an_adapter_that_may_not_load_is_refused_and_the_base_goes_on(
    model: LocalModel, home: Home, how: str
) -> None:
    folder = AdapterFolder.of(home.settings)
    id = home.adapters[0].id

    def spoil() -> str:
        if how == "altered":
            folder.gguf(id).write_bytes(folder.gguf(id).read_bytes() + b"\0")
        elif how == "gone":
            shutil.rmtree(folder.path(id))
        else:
            trained = folder.path(id)
            (trained / "manifest.json").unlink()
            if how == "no gguf":
                (trained / "adapter.gguf").unlink()
            sha = home.base.sha256 if how == "no gguf" else "ab" * 32
            return folder.add(trained, AdapterManifest(base="local/x", base_sha256=sha)).id
        return id

    asked_for = await asyncio.to_thread(spoil)
    old, before = model.child, (await model.complete(ASK, SHORT)).text
    with pytest.raises(AdapterError) as caught:
        await model.complete(ASK, replace(SHORT, adapters=mixed(asked_for)))
    assert caught.value.exit_code == 3
    words = {"altered": "adapter.gguf", "gone": "no adapter", "another base": "abababab", "no gguf": "has no adapter.gguf"}  # fmt: skip
    assert words[how] in caught.value.message
    assert (await model.complete(ASK, SHORT)).text == before
    assert model.child is old


async def test_a_child_that_died_comes_back_without_an_adapter_that_was_altered_meanwhile(
    model: LocalModel, home: Home
) -> None:
    one, two = (m.id for m in home.adapters)
    said = {id: (await model.complete(ASK, replace(SHORT, adapters=mixed(id)))).text for id in (one, two)}  # fmt: skip
    gguf = AdapterFolder.of(home.settings).gguf(one)
    await asyncio.to_thread(gguf.write_bytes, b"GGUF of something else")
    assert model.child.pid is not None
    os.kill(model.child.pid, signal.SIGKILL)
    for _ in range(200):
        if model.child.pid is None:
            break
        await asyncio.sleep(0.02)
    assert (await model.complete(ASK, SHORT)).text
    assert model.servers.now.adapters == (two,)
    assert (await model.complete(ASK, replace(SHORT, adapters=mixed(two)))).text == said[two]
    with pytest.raises(AdapterError, match=r"adapter\.gguf"):
        await model.complete(ASK, replace(SHORT, adapters=mixed(one)))


async def test_a_model_whose_card_takes_no_adapters_refuses_them(home: Home) -> None:
    opened = await LocalModels(home.settings).open_model("local/toy")
    opened.card = replace(opened.card, adapters=False)
    with pytest.raises(AdapterError, match="takes no adapters"):
        await opened.complete(ASK, replace(SHORT, adapters=mixed(home.adapters[0].id)))
    await opened.close()


def test_packing_again_gives_the_same_adapter(made: Home, tmp_path: Path) -> None:
    assert made.settings.home is not None
    one = replace(made.adapters[0], id="", files={})
    folder = AdapterFolder(tmp_path / "adapters")
    again = pack(made.settings.home / "peft-3", made.base, one, folder)
    assert again.id == made.adapters[0].id
    assert folder.read(again.id).lora == {"r": 4, "alpha": 12.0, "modules": 14, "gguf": "float16"}
    text = (folder.path(again.id) / "adapter_config.json").read_text(encoding="utf-8")
    assert str(made.settings.home) not in text
