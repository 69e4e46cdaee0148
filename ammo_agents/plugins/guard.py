"""Keeps a plugin that is being loaded or asked from taking the process with it: a thread, a time limit, shut doors (S2).

It stops what errs, not what means harm: code in this process can get round anything in this process.
"""

from __future__ import annotations

import _thread
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any, TypeVar

from ammo_agents.errors import PluginError
from ammo_agents.plugins import culprit

T = TypeVar("T")
DOORS: tuple[tuple[ModuleType, str], ...] = (
    (os, "_exit"),
    (os, "abort"),
    (os, "kill"),
    (os, "killpg"),
    (sys.modules["posix"], "_exit"),
    (sys.modules["posix"], "abort"),
    (sys.modules["posix"], "kill"),
    (sys.modules["posix"], "killpg"),
    (signal, "raise_signal"),
    (signal, "pthread_kill"),
    (signal, "alarm"),
    (signal, "setitimer"),
    (_thread, "interrupt_main"),
)
"""Ways to end or stop the process, each a function that is shut while a plugin is at work in `within`."""

IDLE = 1.0
"""Seconds after which a thread without work ends."""
_lock = threading.Lock()
_idle: list[_Worker] = []
_count = [0]
"""How many want the doors shut."""
_open: list[tuple[ModuleType, str, Any]] = []
"""The doors as they were; empty = they are open."""


class Shut(BaseException):
    """What a plugin meets that tries to end the process; its own `except Exception` does not catch it."""


class _Worker:
    """A thread in which one plugin at a time is at work; it ends when it has had nothing to do for a while."""

    def __init__(self) -> None:
        self.jobs: SimpleQueue[_Job] = SimpleQueue()
        self.thread = threading.Thread(target=self._run, name="plugins", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while True:
            try:
                job = self.jobs.get(timeout=IDLE)
            except Empty:
                with _lock:
                    if self not in _idle:  # somebody has just taken it
                        continue
                    _idle.remove(self)
                    return
            job.do()


class _Job:
    """One piece of a plugin's work."""

    def __init__(self, plugin: str, work: Callable[[], Any]) -> None:
        self.plugin, self.work = plugin, work
        self.done = threading.Event()
        self.result: Any = None
        self.fault: BaseException | None = None

    def do(self) -> None:
        """Do it, with the doors shut, and keep what came of it."""
        try:
            _enter(self.plugin)
            try:
                self.result = self.work()
            except BaseException as error:  # noqa: BLE001 - the plugin boundary
                self.fault = error
            finally:
                _leave()
        finally:
            self.done.set()


def within(plugin: str, seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, done in a thread apart within a time limit; whatever it raises becomes a `PluginError`.

    A thread that hangs is left behind: it is told to stop, and never keeps the process from ending.

    Raises:
        PluginError: it raised, tried to end the process, or took too long.
    """
    job = _Job(plugin, work)
    with _lock:
        worker = _idle.pop() if _idle else None
    worker = worker or _Worker()
    worker.jobs.put(job)
    if not job.done.wait(seconds):
        _stop(worker.thread)
        raise PluginError(
            f"TimeoutError: it was not done after {seconds:g} seconds",
            hint="A plugin does no work when it is imported or asked what it offers; AMMO_PLUGIN_SECONDS gives it longer.",
        )
    with _lock:
        _idle.append(worker)
    if job.fault is not None:
        raise _told(plugin, job.fault)
    result: T = job.result
    return result


@contextmanager
def shut() -> Iterator[None]:
    """Keep the doors shut over many plugins, instead of shutting and opening them for each; the host's own pass."""
    _close()
    try:
        yield
    finally:
        _reopen()


def _told(plugin: str, error: BaseException) -> PluginError:
    """Return a fault in words, with the traceback of the plugin for who asks for it."""
    if isinstance(error, PluginError):
        return error
    name = type(error).__name__
    try:
        words = str(error)
    except BaseException:  # noqa: BLE001 - the plugin boundary: its error cannot even be told
        words = "it cannot be told"
    told = words if isinstance(error, Shut) else f"{name}: {words}"
    fault = PluginError(
        told, hint=f"Tell its author, or switch it off: ammo plugin disable {plugin}"
    )
    fault.__cause__ = error
    return fault


def _enter(plugin: str) -> None:
    culprit.begin(plugin)
    _close()


def _leave() -> None:
    culprit.end()
    _reopen()


def _close() -> None:
    with _lock:
        _count[0] += 1
        if not _open:
            for module, name in DOORS:
                real = getattr(module, name, None)
                if real is not None:
                    _open.append((module, name, real))
                    setattr(module, name, _shut(name, real))


def _reopen() -> None:
    with _lock:
        _count[0] -= 1
        if not _count[0]:
            for module, name, real in _open:
                setattr(module, name, real)
            _open.clear()


def _shut(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a door that is shut for plugins, and for nobody else."""
    process = os.getpid()

    def door(*arguments: Any, **more: Any) -> Any:
        if os.getpid() != process or culprit.culprit() is None:
            return real(*arguments, **more)
        raise Shut(
            f"it called {name}({', '.join(repr(a) for a in arguments)}), which ends or stops AMMO"
        )

    return door


def _stop(thread: threading.Thread) -> None:
    """Ask a thread to stop: it does when it next runs Python code."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
        )
