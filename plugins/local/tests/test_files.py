import asyncio
import dataclasses
import hashlib
import importlib
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ammo_local import pull as puller
from ammo_local.manifests import added, read, shipped
from ammo_local.provider import LocalModels

from ammo_agents.errors import BadInputError, MissingPartError, TamperedError
from ammo_agents.records import ModelCard, ModelFile

BODY = bytes(range(256)) * 9000
SHA = hashlib.sha256(BODY).hexdigest()
FILE = ModelFile(name="m.gguf", size=len(BODY), sha256=SHA, repo="someone/some", path="m.gguf")
CARD = ModelCard(id="local/some", title="Some", files=(FILE,))


def quiet(name: str, done: int, total: int) -> None:
    assert 0 <= done <= total


class Hub(BaseHTTPRequestHandler):
    """A hub that breaks off the first answer half-way, then honours ranges."""

    broken = False
    body = BODY
    ranges: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        Hub.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(self.body) - start))
        self.send_header("X-Linked-ETag", f'"{hashlib.sha256(self.body).hexdigest()}"')
        self.end_headers()
        end = len(self.body) // 2 if Hub.broken and not start else len(self.body)
        self.wfile.write(self.body[start:end])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    Hub.broken, Hub.body, Hub.ranges = False, BODY, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_broken_download_goes_on_where_it_stopped(bare: LocalModels, hub: str) -> None:
    Hub.broken = True
    with pytest.raises(MissingPartError, match="cannot be fetched"):
        puller.pull(bare.folder, CARD, quiet, hub=hub)
    assert bare.missing(CARD) == ["m.gguf"]
    puller.pull(bare.folder, CARD, quiet, hub=hub)
    assert bare.missing(CARD) == []
    assert Hub.ranges[-1].startswith("bytes=")
    assert Hub.ranges[-1] != "bytes=0-"


def test_a_wrong_file_from_the_hub_is_refused_and_not_installed(
    bare: LocalModels, hub: str
) -> None:
    Hub.body = b"not the weights" * 100
    with pytest.raises(TamperedError) as caught:
        puller.pull(bare.folder, CARD, quiet, hub=hub)
    assert SHA in str(caught.value)
    assert "m.gguf" in str(caught.value)
    assert [p.name for p in bare.folder.root.rglob("*") if p.is_file()] == []


def test_an_unknown_hash_is_pinned_at_the_first_pull(bare: LocalModels, hub: str) -> None:
    loose = dataclasses.replace(CARD, files=(dataclasses.replace(FILE, sha256="", size=0),))
    puller.pull(bare.folder, loose, quiet, hub=hub)
    assert bare.folder.pinned(loose).files[0].sha256 == SHA
    assert bare.missing(loose) == []
    bare.folder.path(loose, FILE).write_bytes(b"other")
    assert bare.missing(loose) == ["m.gguf"]


def test_no_source_that_answers_is_a_missing_part(bare: LocalModels) -> None:
    with pytest.raises(MissingPartError, match="cannot be fetched"):
        puller.pull(bare.folder, CARD, quiet, hub="http://127.0.0.1:9")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _swap(path: Path) -> None:
    path.write_bytes(b"GGUF of something else")


@pytest.mark.slow
@pytest.mark.parametrize("damage", [_cut, _flip, _swap])
@pytest.mark.parametrize("which", ["local/smollm2-135m", "local/minilm-l6-v2"])
def test_a_tampered_file_is_refused_by_name_and_hash(
    provider: LocalModels, bare: LocalModels, which: str, damage: Callable[[Path], None]
) -> None:
    card = next(c for c in provider.cards() if c.id == which)
    for file in card.files:
        target = bare.folder.path(card, file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(provider.folder.path(card, file), target)
    assert bare.missing(card) == []
    damage(bare.folder.path(card, card.files[0]))
    assert bare.missing(card) == [card.files[0].name]
    with pytest.raises(TamperedError) as caught:
        asyncio.run(_open(bare, card))
    assert caught.value.exit_code == 3
    assert card.files[0].name in str(caught.value)
    assert card.files[0].sha256 in str(caught.value)


async def _open(provider: LocalModels, card: ModelCard) -> None:
    opener = provider.open_model if card.kind == "model" else provider.open_embedder
    await opener(card.id)


async def test_a_model_that_was_not_pulled_says_how_to_get_it(bare: LocalModels) -> None:
    with pytest.raises(MissingPartError) as caught:
        await bare.open_model("local/smollm2-135m")
    assert "ammo models pull local/smollm2-135m" in caught.value.hint


async def test_an_unknown_model_names_the_known_ones(bare: LocalModels) -> None:
    with pytest.raises(MissingPartError, match="smollm2-135m"):
        await bare.open_model("local/gpt-9")


def test_every_shipped_manifest_is_readable_and_has_a_source() -> None:
    cards = shipped()
    assert {"local/smollm2-135m", "local/minilm-l6-v2", "local/qwen3-4b"} <= {c.id for c in cards}
    for card in cards:
        assert card.licence
        assert card.memory_mb
        assert all(file.wheel or file.repo for file in card.files), card.id
        assert all(file.sha256 or "pinned" in card.note for file in card.files), card.id


def test_a_person_adds_a_model_by_a_manifest(bare: LocalModels) -> None:
    bare.folder.root.mkdir()
    text = 'id = "mine"\ntitle = "Mine"\n[[files]]\nname = "m.gguf"\nsize = 1\nsha256 = ""\n'
    (bare.folder.root / "mine.toml").write_text(text, encoding="utf-8")
    assert added(bare.folder.root)[0].id == "local/mine"
    assert "local/mine" in {card.id for card in bare.cards()}


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        'id = "a"',
        'id = "../a"\ntitle = "A"',
        'id = "a"\ntitle = "A"\nurl = "x"',
        'id = "a"\ntitle = "A"\n[[files]]\nname = "../../m"\nsize = 1\nsha256 = ""',
    ],
)
def test_a_bad_manifest_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadInputError, match=r"mine\.toml"):
        read("mine.toml", text)


def test_a_machine_is_offered_what_it_can_run(bare: LocalModels) -> None:
    assert bare.suggest(1000, 1).id == "local/smollm2-135m"
    assert bare.suggest(8000, 2).id == "local/qwen3-0.6b"
    assert bare.suggest(64000, 16).capability == "large"


def test_plugin_start_imports_no_heavy_library() -> None:
    source = Path(str(importlib.import_module("ammo_local.plugin").__file__)).parent
    for name in ("plugin", "provider", "files", "manifests"):
        text = (source / f"{name}.py").read_text(encoding="utf-8")
        for heavy in (
            "import onnxruntime",
            "import xllamacpp",
            "import tokenizers",
            "import httpx",
        ):
            assert heavy not in text
