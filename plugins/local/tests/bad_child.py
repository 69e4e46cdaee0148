# ruff: noqa: D101, D102, T201
"""Stands in for the child process and misbehaves in the manner it is told on stdin."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = {
    "choices": [{"finish_reason": "stop", "message": {"content": "fine"}}],
    "timings": {"prompt_n": 1, "predicted_n": 1},
}
BODIES = {
    "html": b"<html>Bad gateway</html>",
    "list": b"[]",
    "empty object": b"{}",
    "no text": json.dumps({**GOOD, "choices": [{"finish_reason": "stop", "message": {}}]}).encode(),
    "no finish": json.dumps({**GOOD, "choices": [{"message": {"content": "half an"}}]}).encode(),
    "wrong shape": json.dumps({
        **GOOD,
        "choices": [{"finish_reason": "stop", "message": {"content": '{"a": 1}'}}],
    }).encode(),
    "good": json.dumps(GOOD).encode(),
}
manner = json.loads(sys.stdin.readline())["manner"]


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answered = False

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if manner == "dies":
            os._exit(7)
        if manner == "hangs up" and self.answered:  # as llama.cpp does, after what it streamed
            self.close_connection = True
            return
        self.answered = True
        body = BODIES.get(manner, BODIES["good"])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if manner == "does not start":
    sys.stderr.write("no such model\n")
    sys.exit(3)
if manner == "greets wrongly":
    print("hello", flush=True)
else:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    print(json.dumps({"address": f"http://127.0.0.1:{server.server_port}"}), flush=True)
    server.serve_forever()
