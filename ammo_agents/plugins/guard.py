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
from collections.abc import Callable
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

_lock = threading.Lock()
_count = [0]
"""How many threads a plugin is at work in."""
_open: list[tuple[ModuleType, str, Any]] = []
"""The doors as they were; empty = they are open."""


class Shut(BaseException):
    """What a plugin meets that tries to end the process; its own `except Exception` does not catch it."""


def within(plugin: str, seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, done in a thread of its own within a time limit; whatever it raises becomes a `PluginError`.

    A thread that hangs is left behind: it is told to stop, and never keeps the process from ending.

    Raises:
        PluginError: it raised, tried to end the process, or took too long.
    """
    result: list[T] = []
    fault: list[BaseException] = []

    def run() -> None:
        _enter(plugin)
        try:
            result.append(work())
        except BaseException as error:  # noqa: BLE001 - the plugin boundary
            fault.append(error)
        finally:
            _leave()

    thread = threading.Thread(target=run, name=f"plugin {plugin}", daemon=True)
    thread.start()
    thread.join(seconds)
    if result:
        return result[0]
    if not fault:
        _stop(thread)
        raise PluginError(
            f"TimeoutError: it was not done after {seconds:g} seconds",
            hint="A plugin does no work when it is imported or asked what it offers; AMMO_PLUGIN_SECONDS gives it longer.",
        )
    raise _told(plugin, fault[0])


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
    with _lock:
        _count[0] += 1
        if not _open:
            for module, name in DOORS:
                real = getattr(module, name, None)
                if real is not None:
                    _open.append((module, name, real))
                    setattr(module, name, _shut(name, real))


def _leave() -> None:
    culprit.end()
    with _lock:
        _count[0] -= 1
        if not _count[0]:
            for module, name, real in _open:
                setattr(module, name, real)
            _open.clear()


def _shut(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """Return a door that is shut for plugins, and for nobody else."""
    process = os.getpid()

    def shut(*arguments: Any, **more: Any) -> Any:
        if os.getpid() != process or culprit.culprit() is None:
            return real(*arguments, **more)
        raise Shut(
            f"it called {name}({', '.join(repr(a) for a in arguments)}), which ends or stops AMMO"
        )

    return shut


def _stop(thread: threading.Thread) -> None:
    """Ask a thread to stop: it does when it next runs Python code."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
        )
