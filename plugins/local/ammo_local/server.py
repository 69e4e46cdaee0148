"""The child process: llama.cpp's own server, on loopback, behind a token, for one parent.

Run as ``python -m ammo_local.server``. It reads one JSON line with its options on stdin, answers
one JSON line with its address on stdout, and ends as soon as stdin does: a parent that dies in
any way takes it along.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
from fcntl import F_GETFL, F_SETFL, F_SETOWN, fcntl
from typing import Any

from ammo_agents.settings import set_environment


def main() -> None:
    """Serve until the parent goes away."""
    options = json.loads(sys.stdin.readline())
    _end_with_parent()
    _limit_memory(int(options["memory_limit_mb"]))
    engine = load_engine()
    server = engine.Server(server_params(engine, options))
    print(json.dumps({"address": server.listening_address}), flush=True)  # noqa: T201 - the protocol
    sys.stdin.read()
    os._exit(0)  # a running decode is not waited for


def load_engine() -> Any:
    """Return xllamacpp, whose waiting threads spin briefly and then sleep.

    libgomp reads the variable as it is loaded. Tokens a second of SmolLM2 with two threads on two cores,
    idle and beside two busy processes: spinning (the default) 81 and 18, asleep at once 28 and 13,
    a short spin 82 and 38.
    """
    set_environment("GOMP_SPINCOUNT", "20000")
    return importlib.import_module("xllamacpp")


def server_params(engine: Any, options: dict[str, Any]) -> Any:
    """Return llama.cpp's settings for these options of ours."""
    params = engine.CommonParams()
    params.model.path = options["path"]
    params.n_parallel = options["slots"]
    params.n_ctx = options["context"] * options["slots"]
    params.n_batch = params.n_ubatch = options["batch"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = options["threads"]
    params.cpuparams.poll = params.cpuparams_batch.poll = 0
    params.api_keys = [options["token"]]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.ui = False
    params.warmup = False
    params.fit_params = False
    params.endpoint_slots = True
    params.cache_ram_mib = options["cache_mb"]
    params.verbosity = 0
    params.offline = True
    params.enable_reasoning = 0
    # At scale 0: a call that names no adapter is the base's. Each call of ours names them all.
    params.lora_adapters = [
        engine.CommonAdapterLoraInfo(path, 0.0) for path in options.get("adapters", ())
    ]
    for name, value in options.get("extra", {}).items():
        setattr(params, name, value)
    return params


def _limit_memory(limit_mb: int) -> None:
    """Let a model that asks for absurd memory fail alone; and leave no core dump of it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limit_mb:
        resource.setrlimit(resource.RLIMIT_AS, (limit_mb << 20, limit_mb << 20))


def _end_with_parent() -> None:
    """Let the kernel end this process when the parent's end of stdin closes.

    SIGIO on a hang-up needs no thread of ours, so it also works while C code holds the interpreter.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl(0, F_SETOWN, os.getpid())
    fcntl(0, F_SETFL, fcntl(0, F_GETFL) | os.O_ASYNC)


if __name__ == "__main__":
    main()
