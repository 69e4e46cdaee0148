"""An adapter leaves this machine whole or not at all, and one of a single person never."""

from pathlib import Path

import numpy as np
import pytest
import torch
import toy
import toy_lora
from ammo_training import base_folder, load
from ammo_training.export import export
from ammo_training.folders import TrainingFolders
from safetensors.numpy import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import CONFIG, FILES, GGUF, WEIGHTS, AdapterManifest
from ammo_agents.errors import BadInputError, ConflictError, NotFoundError, RefusedError

pytestmark = [
    # PEFT asks transformers 5 for a name that transformers 6 drops.
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
]
SHA256 = "ab" * 32


def kept(root: Path, *, personal: bool) -> str:
    part = root / "part"
    part.mkdir(exist_ok=True)
    (part / CONFIG).write_text("{}", encoding="utf-8")
    save_file({"a": np.ones(2, np.float32)}, part / WEIGHTS)
    (part / GGUF).write_bytes(b"GGUF" + bytes(60))
    made = AdapterManifest(base="local/toy", base_sha256=SHA256, personal=personal)
    return AdapterFolder(root / "adapters").add(part, made).id


def test_an_adapter_is_written_as_a_folder_and_as_a_file(tmp_path: Path) -> None:
    id, folders = kept(tmp_path, personal=False), TrainingFolders(root=tmp_path)
    export(folders, id, tmp_path / "out", "adapter")
    assert {p.name for p in (tmp_path / "out").iterdir()} >= set(FILES)
    export(folders, id, tmp_path / "out.gguf", "gguf")
    assert (tmp_path / "out.gguf").read_bytes() == b"GGUF" + bytes(60)
    with pytest.raises(ConflictError, match="is there already"):
        export(folders, id, tmp_path / "out.gguf", "gguf")


def test_merged_it_is_one_model_that_says_what_base_and_adapter_said(tmp_path: Path) -> None:
    folders = TrainingFolders(root=tmp_path)
    toy.base(folders.bases / SHA256, sha256=SHA256)
    base = base_folder.check(folders.bases / SHA256, sha256=SHA256)
    toy_lora.saved(tmp_path / "part")
    manifest = AdapterManifest(base="local/toy", base_sha256=SHA256)
    id = AdapterFolder(folders.adapters).add(tmp_path / "part", manifest).id
    export(folders, id, tmp_path / "merged", "merged")

    ids = torch.arange(4, 60)[None]
    alone = load.load(base).model
    both = load.load(base, adapter=AdapterFolder(folders.adapters).path(id)).model
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", local_files_only=True)
    assert not list((tmp_path / "merged").glob("*.bin"))
    assert AutoTokenizer.from_pretrained(tmp_path / "merged", local_files_only=True).chat_template
    with torch.no_grad():
        said = [one(ids).logits.log_softmax(-1) for one in (alone, both, merged)]
    torch.testing.assert_close(said[2], said[1], atol=1e-4, rtol=0)
    assert (said[1] - said[0]).abs().max() > 0.1


def test_a_personal_adapter_is_not_written_and_nothing_is_left(tmp_path: Path) -> None:
    id, folders = kept(tmp_path, personal=True), TrainingFolders(root=tmp_path)
    with pytest.raises(RefusedError, match="one person"):
        export(folders, id, tmp_path / "out", "adapter")
    assert not (tmp_path / "out").exists()


def test_an_unknown_adapter_or_form_is_refused(tmp_path: Path) -> None:
    id, folders = kept(tmp_path, personal=False), TrainingFolders(root=tmp_path)
    with pytest.raises(NotFoundError):
        export(folders, "a_0000000000000000", tmp_path / "out", "adapter")
    with pytest.raises(BadInputError, match="no form"):
        export(folders, id, tmp_path / "out", "zip")  # type: ignore[arg-type]
