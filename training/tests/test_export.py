"""An adapter leaves this machine whole or not at all, and one of a single person never."""

from pathlib import Path

import numpy as np
import pytest
from ammo_training.export import export
from ammo_training.folders import TrainingFolders
from safetensors.numpy import save_file

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import CONFIG, FILES, GGUF, WEIGHTS, AdapterManifest
from ammo_agents.errors import BadInputError, ConflictError, NotFoundError, RefusedError


def kept(root: Path, *, personal: bool) -> str:
    part = root / "part"
    part.mkdir(exist_ok=True)
    (part / CONFIG).write_text("{}", encoding="utf-8")
    save_file({"a": np.ones(2, np.float32)}, part / WEIGHTS)
    (part / GGUF).write_bytes(b"GGUF" + bytes(60))
    made = AdapterManifest(base="local/toy", base_sha256="ab" * 32, personal=personal)
    return AdapterFolder(root / "adapters").add(part, made).id


def test_an_adapter_is_written_as_a_folder_and_as_a_file(tmp_path: Path) -> None:
    id, folders = kept(tmp_path, personal=False), TrainingFolders(root=tmp_path)
    export(folders, id, tmp_path / "out", "adapter")
    assert {p.name for p in (tmp_path / "out").iterdir()} >= set(FILES)
    export(folders, id, tmp_path / "out.gguf", "gguf")
    assert (tmp_path / "out.gguf").read_bytes() == b"GGUF" + bytes(60)
    with pytest.raises(ConflictError, match="is there already"):
        export(folders, id, tmp_path / "out.gguf", "gguf")


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
