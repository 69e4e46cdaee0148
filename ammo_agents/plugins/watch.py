"""Watches over undeclared capabilities while AMMO runs: connections beyond this machine, and other programs (S2).

It is no sandbox. It sees what goes through Python's own sockets and processes, and tells by the nearest
frame whose doing that is; compiled code, and Python that wants to get round it, are not seen.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ammo_agents.errors import PluginError
from ammo_agents.plugins import culprit
from ammo_agents.plugins.manifest import Capabilities
from ammo_agents.settings import proxy_hosts

REMEMBERED = 4_096
"""Addresses of which the watch remembers the host's name."""
LOCAL = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost", "0.0.0.0", "::"})

PROGRAMS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)
"""Audit events of starting another program."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What one plugin may do, and whom to tell when it does more."""

    granted: Capabilities
    tell: Callable[[str, PluginError], None]


Look = Callable[[str, Watched, str, tuple[Any, ...]], None]
"""Looks at one event of one plugin; raises `PluginError` where that is not granted."""
_watched: dict[str, Watched] = {}
_names: OrderedDict[str, frozenset[str]] = OrderedDict()
"""Address → the names it was looked up by."""
_lock = threading.Lock()
_begun = [False]


def over(plugin: str, granted: Capabilities, tell: Callable[[str, PluginError], None]) -> None:
    """Watch over a plugin from now on; `tell` hears its name and the fault, in the thread where it happens."""
    _watched[plugin] = Watched(granted, _weakly(tell))
    _begin()


def no_longer(plugin: str) -> None:
    """Watch over a plugin no longer."""
    _watched.pop(plugin, None)


def _begin() -> None:
    with _lock:
        if _begun[0]:
            return
        _begun[0] = True
    # asyncio looks a name up in a thread where no frame is the plugin's, and connects to the number it gets:
    # only who remembers both sees where it really goes.
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **more: Any) -> Any:
        found = real(host, *arguments, **more)
        _remember(host, [str(row[4][0]) for row in found])
        return found

    socket.getaddrinfo = getaddrinfo
    sys.addaudithook(_hook())


def _hook() -> Callable[[str, tuple[Any, ...]], None]:
    """Return the audit hook: it looks at the few events that matter, every other one costs one look-up.

    It holds what it needs, because at the end of the process a module's names are gone before its audit hook is.
    """
    looks: dict[str, Look] = {
        "socket.connect": _connects,
        "socket.sendto": _connects,
        "socket.getaddrinfo": _looks_up,
        **dict.fromkeys(PROGRAMS, _runs),
    }
    whose, known = culprit.culprit, _watched

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in looks:
            name = whose()
            if name is not None and name in known:
                looks[event](name, known[name], event, arguments)

    return heard


def _connects(plugin: str, watched: Watched, _: str, arguments: tuple[Any, ...]) -> None:
    """Refuse a connection to a host that is not granted."""
    address = arguments[1]
    if isinstance(address, tuple) and address and isinstance(address[0], str):
        _reaches(plugin, watched, address[0], arguments=address)


def _looks_up(plugin: str, watched: Watched, _: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to look a host up that is not granted."""
    host = arguments[0]
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if isinstance(host, str):
        _reaches(plugin, watched, host, arguments=arguments)


def _reaches(plugin: str, watched: Watched, host: str, *, arguments: tuple[Any, ...]) -> None:
    host = host.rstrip(".").lower()
    if _is_local(host):
        return
    names = {host, *_names.get(host, ())}
    granted = watched.granted
    if any(granted.reaches(name) for name in names) or (granted.network and names & proxy_hosts()):
        return
    port = arguments[1] if len(arguments) > 1 else ""
    declared = ", ".join(granted.network) or "none"
    _refuse(
        plugin,
        watched,
        PluginError(
            f"plugin {plugin!r} wanted to connect to {'/'.join(sorted(names))} port {port}, granted are: {declared}",
            hint=f"If that is right, its author adds the host to [capabilities] network in ammo.toml; if you switched offline on, take {plugin!r} out.",
        ),
    )


def _runs(plugin: str, watched: Watched, event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to start another program where that is not granted."""
    loading = culprit.at_work() is not None
    if watched.granted.processes and not loading:
        return
    what = str(arguments[0])[:80] if arguments else event
    why = "while it was being loaded" if loading else "which it does not declare"
    _refuse(
        plugin,
        watched,
        PluginError(
            f"plugin {plugin!r} wanted to start another program ({event}: {what}), {why}",
            hint="A plugin does no work when it is loaded; for later its author sets processes = true under [capabilities] in ammo.toml.",
        ),
    )


def _refuse(plugin: str, watched: Watched, error: PluginError) -> None:
    watched.tell(plugin, error)
    raise error


def _is_local(host: str) -> bool:
    if host in LOCAL:
        return True
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified


def _remember(host: object, addresses: list[str]) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return
    with _lock:
        for address in addresses:
            _names[address] = _names.get(address, frozenset()) | {name.rstrip(".").lower()}
            _names.move_to_end(address)
        while len(_names) > REMEMBERED:
            _names.popitem(last=False)


def _weakly(tell: Callable[[str, PluginError], None]) -> Callable[[str, PluginError], None]:
    """Return a way to tell that does not keep who is told alive."""
    if not hasattr(tell, "__self__"):
        return tell
    method = weakref.WeakMethod(tell)

    def weak(plugin: str, error: PluginError) -> None:
        heard = method()
        if heard is not None:
            heard(plugin, error)

    return weak
