"""One process owns a data directory; the others are told who."""

import os
import subprocess
import sys
from asyncio import to_thread
from pathlib import Path

import pytest
from ledger_records import COIN, DAY

from ammo_agents.errors import LockedError, RefusedError
from ammo_agents.ledger import DataLock, SqliteLedger
from ammo_agents.ledger.lock import network_file_system

HOLD = """
import sys
from asyncio import to_thread
from pathlib import Path
from ammo_agents.ledger.lock import DataLock
lock = DataLock.acquire(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""
MOUNTS = [
    "/dev/vda / ext4 rw 0 0",
    "server:/home /home nfs4 rw 0 0",
    "/dev/vdb /home/anna ext4 rw 0 0",
    "box:/x /mnt/my\\040share cifs rw 0 0",
    "short",
]


RACE = """
import sys
from pathlib import Path
from ammo_agents.errors import LockedError
from ammo_agents.ledger.lock import DataLock
print("ready", flush=True)
for line in sys.stdin:
    try:
        lock = DataLock.acquire(Path(sys.argv[1]) / line.strip())
        print("won", flush=True)
    except LockedError as error:
        print(error.exit_code, error.pid, flush=True)
"""


def test_of_two_processes_that_race_fifty_times_one_wins_each_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACE, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    with subprocess.Popen(command, **pipes) as one, subprocess.Popen(command, **pipes) as two:
        racers = (one, two)
        assert [racer.stdout.readline() for racer in racers] == ["ready\n"] * 2
        for race in range(50):
            for racer in racers:
                racer.stdin.write(f"{race}\n")
            answers = [racer.stdout.readline().split() for racer in racers]
            assert sorted(answer[0] for answer in answers) == ["3", "won"]
            (loser,) = [answer for answer in answers if answer[0] == "3"]
            # In the moment before the winner has signed the file its pid is not known yet.
            assert loser[1] in {str(one.pid), str(two.pid), "None"}
        for racer in racers:
            racer.stdin.close()


def test_a_second_process_is_refused_with_the_pid_and_two_ways_out(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=f"process {owner.pid}") as caught:
            DataLock.acquire(tmp_path)
        assert caught.value.exit_code == 3
        assert caught.value.pid == owner.pid
        assert f"kill {owner.pid}" in caught.value.hint
        assert "AMMO_HOME" in caught.value.hint
        owner.kill()
        owner.wait()
        lock = DataLock.acquire(tmp_path)
        lock.release()
        lock.release()


async def test_the_ledger_uses_the_lock_this_process_holds(place: Path) -> None:
    lock = await to_thread(DataLock.acquire, place.parent)
    ledger = await SqliteLedger.open(place)
    await ledger.close()
    lock.check()
    assert await to_thread(DataLock.held, place.parent) is lock
    await to_thread(lock.release)
    assert await to_thread(DataLock.held, place.parent) is None
    with pytest.raises(RefusedError):
        lock.check()


async def test_a_writer_holds_the_lock_and_a_reader_needs_none(place: Path) -> None:
    ledger = await SqliteLedger.open(place)
    with pytest.raises(LockedError, match=str(os.getpid())):
        await to_thread(DataLock.acquire, place.parent)
    reader = await SqliteLedger.open(place, read_only=True)
    await reader.close()
    await ledger.close()
    await to_thread(lambda: DataLock.acquire(place.parent).release())


async def test_use_after_fork_is_refused(ledger: SqliteLedger) -> None:
    assert ledger.file.lock is not None
    ledger.file.lock.pid += 1
    try:
        with pytest.raises(RefusedError, match="fork"):
            await ledger.counts()
        with pytest.raises(RefusedError, match="fork") as caught:
            await ledger.advance("k", COIN, DAY)
        assert caught.value.exit_code == 3
        assert "spawn" in caught.value.hint
    finally:
        ledger.file.lock.pid -= 1


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ben/data", "nfs4"),
        ("/home/anna/data", ""),
        ("/mnt/my share/data", "cifs"),
        ("/var/data", ""),
    ],
)
def test_network_file_systems_are_known(folder: str, kind: str) -> None:
    assert network_file_system(Path(folder), MOUNTS) == kind
