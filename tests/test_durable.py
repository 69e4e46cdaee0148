"""Files and folders are written whole: kills, full disks, others who write the same (D12, S11, S12)."""

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ammo_agents import durable
from ammo_agents.errors import DiskFullError

HALF = """
import sys
from pathlib import Path
from ammo_agents import durable
with durable.whole(Path(sys.argv[1])) as part:
    if sys.argv[2] == "folder":
        part.mkdir()
    (part / "one" if sys.argv[2] == "folder" else part).write_text("half")
    print(part.name, flush=True)
    sys.stdin.read()
"""
LIMITED = """
import resource, sys
from pathlib import Path
from ammo_agents import durable
from ammo_agents.errors import DiskFullError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    durable.write_bytes(Path(sys.argv[1]), b"x" * 5000)
except DiskFullError as error:
    print(error.message)
"""
ALWAYS = """
import sys
from pathlib import Path
from ammo_agents import durable
print("ready", flush=True)
for n in range(100_000):
    durable.write_text(Path(sys.argv[1]), f"{n % 10}" * 20_000)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def child(code: str, *words: str) -> subprocess.Popen[str]:
    line = [sys.executable, "-c", code, *words]
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def killed_half_way(path: Path, kind: str = "file") -> str:
    with child(HALF, str(path), kind) as process:
        assert process.stdout is not None
        part = process.stdout.readline().strip()
        process.send_signal(signal.SIGKILL)
    assert (path.parent / part).exists()
    return part


def write_half(path: Path, error: Exception) -> None:
    with durable.whole(path) as part:
        part.write_text("half", encoding="utf-8")
        raise error


def write_folder(path: Path, text: str) -> None:
    with durable.whole(path) as part:
        part.mkdir()
        (part / "a").write_text(text, encoding="utf-8")


def test_the_old_file_stands_when_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    durable.write_json(path, {"a": 1})
    with pytest.raises(DiskFullError, match=r"no room to write .*x\.json: \d+ MB are free"):
        write_half(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert path.read_text(encoding="utf-8") == '{\n "a": 1\n}\n'
    assert names(tmp_path) == ["x.json"]


def test_the_old_file_stands_when_the_system_allows_no_more(tmp_path: Path) -> None:
    path = tmp_path / "x"
    durable.write_text(path, "old")
    line = [sys.executable, "-c", LIMITED, str(path)]
    out = subprocess.run(line, capture_output=True, text=True, check=True)
    assert out.stdout.startswith(f"no room to write {path}: ")
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["x"]


def test_no_room_is_told_from_what_else_may_go_wrong(tmp_path: Path) -> None:
    quota = OSError(errno.EDQUOT, "Disk quota exceeded")
    assert durable.is_full(quota)
    assert durable.is_full(RuntimeError("I/O error: No space left on device (os error 28)"))
    assert not durable.is_full(PermissionError(errno.EACCES, "Permission denied"))
    with pytest.raises(KeyError):
        write_half(tmp_path / "x", KeyError("x"))
    assert names(tmp_path) == []


def test_no_room_is_told_where_not_even_the_folder_is_there(tmp_path: Path) -> None:
    assert "MB are free" in durable.disk_full(tmp_path / "a" / "b" / "c").message


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_kill_half_way_leaves_what_was_there_and_the_rest_goes_at_the_next_write(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "x"
    if kind == "file":
        durable.write_text(path, "old")
    part = killed_half_way(path, kind)
    assert names(tmp_path) == [part, *(["x"] if kind == "file" else [])]
    assert not path.is_file() or path.read_text(encoding="utf-8") == "old"
    with durable.whole(path) as fresh:
        assert part not in names(tmp_path)
        fresh.write_text("new", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["x"]


def test_a_reader_sees_one_or_the_other_and_never_a_half(tmp_path: Path) -> None:
    path = tmp_path / "x"
    durable.write_text(path, "0" * 20_000)
    with child(ALWAYS, str(path)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seen = [path.read_text(encoding="utf-8") for _ in range(2000)]
        process.send_signal(signal.SIGKILL)
    seen.append(path.read_text(encoding="utf-8"))
    assert {len(text) for text in seen} == {20_000}
    assert all(len(set(text)) == 1 for text in seen)
    durable.write_text(path, "last")
    assert names(tmp_path) == ["x"]


def test_a_sweep_takes_what_is_dead_and_leaves_what_lives(tmp_path: Path) -> None:
    killed_half_way(tmp_path / "x")
    killed_half_way(tmp_path / "y", "folder")
    earlier = f".z.{os.getpid()}-00000000-0.part"  # of this number, before a restart
    (tmp_path / earlier).mkdir()
    (tmp_path / ".z.12345678.part").mkdir()
    (tmp_path / ".mine.part").write_text("not ours", encoding="utf-8")
    living = f".x.{os.getppid()}-00000000-0.part"
    (tmp_path / living).write_text("half", encoding="utf-8")
    with durable.whole(tmp_path / "w") as mine:
        mine.mkdir()
        assert durable.sweep(tmp_path) == 4
        assert names(tmp_path) == sorted([".mine.part", living, mine.name])
    assert durable.sweep(tmp_path, alone=True) == 1
    assert names(tmp_path) == [".mine.part", "w"]
    assert durable.sweep(tmp_path / "nowhere") == 0


def test_what_is_half_written_is_known_by_its_name(tmp_path: Path) -> None:
    with durable.beside(tmp_path / "x.json") as part:
        assert durable.is_part(part)
    assert not durable.is_part(tmp_path / "x.json")
    assert not durable.is_part(tmp_path / ".x.part")


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_a_secret_is_its_owners_alone_before_its_first_byte(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "keys" / "secret"
    before = os.umask(umask)
    try:
        with durable.whole(path, private=True) as part:
            assert (part.stat().st_size, stat.S_IMODE(part.stat().st_mode)) == (0, 0o600)
            part.write_text("secret", encoding="utf-8")
            assert stat.S_IMODE(part.stat().st_mode) == 0o600
        durable.write_text(path, "another", private=True)
        durable.write_text(tmp_path / "open", "no secret")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o666 & ~umask


def test_a_folder_is_refused_where_one_exists(tmp_path: Path) -> None:
    path = tmp_path / "run"
    write_folder(path, "first")
    with pytest.raises(FileExistsError) as refused:
        write_folder(path, "second")
    assert refused.value.filename == str(path)
    assert (path / "a").read_text(encoding="utf-8") == "first"
    assert names(tmp_path) == ["run"]


def test_of_two_who_write_what_must_be_new_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "key"
    told: list[str] = []
    ready = threading.Barrier(8)

    def write(words: str) -> None:
        ready.wait()
        try:
            durable.write_bytes(path, words.encode(), private=True, new=True)
        except FileExistsError:
            return
        told.append(words)

    threads = [threading.Thread(target=write, args=(f"{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [path.read_text(encoding="utf-8")]
    assert names(tmp_path) == ["key"]


def test_threads_that_write_one_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "x"
    texts = [f"{n}" * 1000 for n in range(8)]
    threads = [threading.Thread(target=durable.write_text, args=(path, text)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text(encoding="utf-8") in texts
    assert names(tmp_path) == ["x"]


def test_the_file_is_flushed_then_renamed_then_its_folder_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told, real = tmp_path / "x", list[tuple[str, bool]](), os.fsync

    def spy(descriptor: int) -> None:
        number = os.fstat(descriptor).st_ino
        kinds = {p.stat().st_ino: "file" for p in tmp_path.iterdir()}
        told.append(({**kinds, tmp_path.stat().st_ino: "folder"}[number], path.exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    durable.write_text(path, "new")
    assert told == [("file", False), ("folder", True)]


def test_every_file_of_a_folder_and_every_folder_made_for_it_is_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: told.append(os.fstat(descriptor).st_ino))
    with durable.whole(tmp_path / "a" / "b" / "run") as part:
        (part / "in").mkdir(parents=True)
        (part / "in" / "one").write_text("1", encoding="utf-8")
        (part / "away").symlink_to(tmp_path / "nowhere")
    run = tmp_path / "a" / "b" / "run"
    order = [run.parents[1], tmp_path, run / "in", run / "in" / "one", run, run.parent]
    assert sorted(told[:2]) == sorted(p.stat().st_ino for p in order[:2])
    assert told[2:] == [p.stat().st_ino for p in order[2:]]


def test_a_folder_goes_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir()
    (path / "a").write_text("1", encoding="utf-8")
    durable.remove(path)
    assert names(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        durable.remove(path)
