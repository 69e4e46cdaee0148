"""Reads a plugin's syntax trees for what needs a capability: network, programs, files. Nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["network", "programs", "files", "writes"]

NETWORK = frozenset(
    """aiohttp aioftp boto3 botocore botocore discord feedparser ftplib grpc http.client httplib2 httpx imaplib kafka nntplib
    openai paho paramiko poplib pycurl pymongo redis requests smtplib socket socketserver telnetlib tweepy urllib.request
    urllib3 websocket websockets xmlrpc""".split()
)
"""Modules that reach the network."""
PROGRAMS = frozenset(["_posixsubprocess", "multiprocessing", "pexpect", "pty", "sh", "subprocess"])
"""Modules that start other programs."""
CALLS: dict[str, Kind] = {
    **dict.fromkeys(
        """os.system os.popen os.fork os.forkpty os.posix_spawn os.posix_spawnp os.execv os.execve os.execl os.execvp os.spawnl
        os.spawnv os.kill os._exit os.abort asyncio.create_subprocess_exec asyncio.create_subprocess_shell eval exec ctypes.CDLL""".split(),
        "programs",
    ),
    **dict.fromkeys(
        "asyncio.open_connection asyncio.start_server asyncio.open_unix_connection webbrowser.open".split(),
        "network",
    ),
    **dict.fromkeys(
        """Path.home os.path.expanduser os.remove os.unlink os.rename os.replace os.makedirs os.mkdir os.rmdir
        os.listdir os.scandir os.walk shutil.rmtree shutil.copy shutil.copytree shutil.move
        glob.glob sqlite3.connect""".split(),
        "files",
    ),
}
"""Calls that need a capability by themselves."""
THAWS = re.compile(r"_?[pP]ickle\.(loads?|Unpickler)|(marshal|dill|cloudpickle|joblib)\.loads?")
"""Calls that run what a file says."""
WRITES = frozenset("write_text write_bytes unlink mkdir rmdir symlink_to hardlink_to".split())  # fmt: skip
"""Methods of a path that change what lies there."""
HOST = re.compile(r"https?://([A-Za-z0-9.-]+)")
FAR = ("/", "~", "\\\\", "../")
"""Beginnings of a path that leads out of the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that needs a capability."""

    kind: Kind
    where: str
    """``file.py:12``."""
    what: str
    """What stands there: ``import subprocess``."""
    host: str = ""
    """The host that is named, for the network."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def scan(source: str, file: str) -> list[Finding]:
    """Return what one module needs; raises `SyntaxError` when it is no Python."""
    tree = ast.parse(source, filename=file)
    found = _Reader(file)
    found.visit(tree)
    if any(f.kind == "network" for f in found.findings):
        found.findings += _hosts(tree, file)
    return found.findings


def _hosts(tree: ast.AST, file: str) -> Iterable[Finding]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for host in HOST.findall(node.value):
                where = f"{file}:{node.lineno}"
                yield Finding(kind="network", where=where, what=f"names the host {host}", host=host)


class _Reader(ast.NodeVisitor):
    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.names: dict[str, str] = {}
        """Name in this module → what was imported under it."""

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.names[alias.asname or alias.name.partition(".")[0]] = (
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
            self._imported(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self.names[alias.asname or alias.name] = f"{module}.{alias.name}"
            if not node.level:
                self._imported(node, module, f"{module}.{alias.name}")

    def visit_Call(self, node: ast.Call) -> None:
        name = self._dotted(node.func)
        first = node.args[0] if node.args else None
        text = first.value if isinstance(first, ast.Constant) else None
        if THAWS.fullmatch(name):
            self._note("programs", node, f"calls {name}, which runs what it reads")
        elif name.removeprefix("pathlib.") in CALLS:
            self._note(CALLS[name.removeprefix("pathlib.")], node, f"calls {name}")
        elif name in {"importlib.import_module", "__import__"} and isinstance(text, str):
            self._imported(node, text)
        elif name in {"open", "io.open", "os.open"} or name.endswith("pathlib.Path"):
            self._opened(node, name, text)
        elif name.endswith(".expanduser"):
            self._note("files", node, "calls .expanduser()")
        elif isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            self._note("writes", node, f"calls .{node.func.attr}()")
        self.generic_visit(node)

    def _opened(self, node: ast.Call, name: str, text: object) -> None:
        if isinstance(text, str) and text.startswith(FAR):
            self._note("files", node, f"{name.rpartition('.')[2]}({text!r})")
            return
        modes = [a.value for a in [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "mode")] if isinstance(a, ast.Constant)]  # fmt: skip
        if any(isinstance(m, str) and set(m) & set("wax+") for m in modes):
            self._note("writes", node, f"{name} writes")

    def _imported(self, node: ast.stmt | ast.expr, *modules: str) -> None:
        for module in modules:
            heads = {module, module.partition(".")[0]}
            if heads & NETWORK:
                return self._note("network", node, f"imports {module}")
            if heads & PROGRAMS:
                return self._note("programs", node, f"imports {module}")
        return None

    def _dotted(self, node: ast.expr) -> str:
        """Return what a name stands for: ``run`` after ``from subprocess import run`` is ``subprocess.run``."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self._dotted(node.value)}.{node.attr}"
        return ""

    def _note(self, kind: Kind, node: ast.stmt | ast.expr, what: str) -> None:
        where = f"{self.file}:{node.lineno}"
        self.findings.append(Finding(kind=kind, where=where, what=what))
