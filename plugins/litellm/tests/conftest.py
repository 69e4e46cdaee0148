"""A provider on the loopback, with every fault a provider can have."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from blockbuster import blockbuster_ctx

KEY = "sk-canary-6f1d"


@pytest.fixture(autouse=True)
def _no_blocking_calls() -> Iterator[None]:
    """The house rule, with one exception: litellm may block in the thread that exists for it."""
    with blockbuster_ctx() as blockbuster:
        for function in blockbuster.functions.values():
            function.can_block_in("ammo_litellm/aside.py", {"_live"})
        yield


class Provider:
    """An OpenAI-compatible server whose `play` decides each answer."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.play: Callable[[Reply], None] = Reply.start
        self.models: list[str] = ["any-name"]
        """What it says it has loaded."""
        self.stopping = threading.Event()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def do_GET(self) -> None:
                listed = [{"id": name, "object": "model"} for name in provider.models]
                body = json.dumps({"object": "list", "data": listed}).encode()
                self.close_connection = True
                self.send_response(200 if self.path.endswith("/models") else 404)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                provider.requests.append(body)
                self.close_connection = True
                with contextlib.suppress(OSError):  # the caller has gone away
                    provider.play(Reply(self, body, provider.stopping, len(provider.requests)))

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Reply:
    """One answer in the making."""

    def __init__(
        self, handler: BaseHTTPRequestHandler, body: dict[str, Any], stop: threading.Event, n: int
    ) -> None:
        self.body, self.stop, self.n = body, stop, n
        self._handler = handler

    def start(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self._handler.send_response(status)
        self._handler.send_header("content-type", kind)
        self._handler.send_header("connection", "close")
        for name, value in headers.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def raw(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def event(self, event: object) -> None:
        text = event if isinstance(event, str) else json.dumps(event)
        self.raw(f"data: {text}\n\n".encode())

    def delta(self, content: str | None = None, finish: str | None = None) -> None:
        delta = {"role": "assistant", "content": content} if content is not None else {}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self.event({**self.head, "choices": [choice]})

    def usage(self, read: int, written: int) -> None:
        counts = {"prompt_tokens": read, "completion_tokens": written}
        self.event({
            **self.head,
            "choices": [],
            "usage": {**counts, "total_tokens": read + written},
        })

    def reset(self) -> None:
        """Break the connection with an RST, as a provider that dies does."""
        connection = self._handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._handler.wfile.close()
        self._handler.rfile.close()
        connection.close()

    @property
    def head(self) -> dict[str, object]:
        return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    server = Provider()
    monkeypatch.setenv("HOSTED_VLLM_API_BASE", server.base)
    monkeypatch.setenv("OPENAI_BASE_URL", server.base)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    yield server
    server.close()
