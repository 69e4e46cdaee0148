"""OpenAI's shapes: what comes in, what goes out, and how its clients are told that something is wrong."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Literal

import numpy as np
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ammo_agents.errors import AmmoError
from ammo_agents.records import Vector
from ammo_agents.web.gate import TooLargeError
from ammo_agents.web.here import RefusedHereError
from ammo_agents.web.refusals import clean, of_error

Plain = dict[str, Any]
KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "insufficient_quota"}
LETTERS_A_TOKEN = 4
"""`usage` is an estimate: answers are mostly facts' own words, which no tokenizer has seen."""
LONGEST = 32_000
"""Characters of one message."""


class WrongError(Exception):
    """A request that OpenAI's own server would refuse with 400 or 404."""

    def __init__(self, message: str, *, param: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.param, self.status = message, param, status


class Text(BaseModel):
    """One part of a message."""

    type: str
    text: str = Field(default="", max_length=LONGEST)


class Message(BaseModel):
    """One message; only its text is used."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Text] | None = None

    @property
    def text(self) -> str:
        """The message's text; raises `WrongError` for pictures and sound."""
        if not isinstance(self.content, list):
            return (self.content or "")[:LONGEST]
        for part in self.content:
            if part.type != "text":
                raise WrongError(f"buddies read text, not {part.type[:40]!r}", param="messages")
        return "\n".join(part.text for part in self.content)[:LONGEST]


class StreamOptions(BaseModel):
    """What a stream carries beside the text."""

    include_usage: bool = False


class Chat(BaseModel):
    """A chat request. Sampling parameters are accepted and have no effect: answers come from facts."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(max_length=200)
    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = 1
    logprobs: bool | None = False
    response_format: Mapping[str, Any] | None = None
    tool_choice: Any = None

    def check(self) -> None:
        """Raise `WrongError` for what would silently give another answer than was asked for."""
        if self.n not in {None, 1}:
            raise WrongError("a buddy gives one answer: n must be 1", param="n")
        if self.logprobs:
            raise WrongError("answers have no log-probabilities", param="logprobs")
        if self.response_format and self.response_format.get("type") != "text":
            raise WrongError("answers are text only", param="response_format")
        if self.tool_choice not in (None, "auto", "none"):
            raise WrongError("buddies call no tools", param="tool_choice")


class Embed(BaseModel):
    """An embeddings request: the caller's own text and nothing else."""

    model_config = ConfigDict(extra="allow")

    model: str = Field(max_length=200)
    input: str | list[str] | list[int] | list[list[int]]
    encoding_format: Literal["float", "base64"] | None = "float"
    dimensions: int | None = None

    def texts(self, *, most: int, longest: int) -> list[str]:
        """Return the texts; raises `WrongError` for tokens, nothing, or too much."""
        given: list[Any] = [self.input] if isinstance(self.input, str) else list(self.input)
        if not given or len(given) > most:
            raise WrongError(f"give 1 to {most} texts, not {len(given)}", param="input")
        for text in given:
            if not isinstance(text, str):
                raise WrongError(
                    "give text: this embedder has a tokenizer of its own", param="input"
                )
            if not text.strip() or len(text) > longest:
                raise WrongError(f"each text has 1 to {longest} characters", param="input")
            if text != clean(text):
                raise WrongError("a text holds half a character (a lone surrogate)", param="input")
        return given


class OpenAiRoute(APIRoute):
    """A route whose refusals have OpenAI's shape, so that its clients raise the right exception."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with the refusals of the routes below it translated."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except WrongError as error:
                return problem(error.status, error.message, param=error.param)
            except RequestValidationError as error:
                first: Plain = next(iter(error.errors()), {})
                where = ".".join(str(p) for p in first.get("loc", ()) if p != "body")
                return problem(
                    400, f"{where}: {first.get('msg', 'cannot be read')}", param=where or None
                )
            except AmmoError as error:
                return of_ammo(error)
            except RefusedHereError as error:
                return problem(error.refusal.status, f"{error.refusal.detail}. {error.refusal.fix}")
            except TooLargeError as error:
                return problem(error.status_code, error.detail)
            except (HTTPException, RecursionError, UnicodeError):
                return problem(400, "the body is no JSON that can be read")

        return handler


def of_ammo(error: AmmoError) -> JSONResponse:
    """Return an expected error of AMMO in OpenAI's shape."""
    refusal = of_error(error)
    status = 400 if refusal.status == 422 else refusal.status
    return problem(status, f"{refusal.detail}. {refusal.fix}".strip(), code=refusal.code)


def problem(
    status: int, message: str, *, param: str | None = None, code: str | None = None
) -> JSONResponse:
    """Return an error body as OpenAI's clients read it."""
    return JSONResponse(error_body(status, message, param=param, code=code), status_code=status)


def error_body(
    status: int, message: str, *, param: str | None = None, code: str | None = None
) -> Plain:
    """Return ``{"error": {message, type, param, code}}``."""
    kind = KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    told = {"message": clean(message)[:600], "type": kind, "param": param}
    return {"error": {**told, "code": CODES.get(status, code)}}


def usage(asked: str, answered: str) -> Plain:
    """Return the estimated tokens of a question and its answer."""
    read, written = (math.ceil(len(text) / LETTERS_A_TOKEN) for text in (asked, answered))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def encoded(row: Vector, form: str | None) -> str | list[float]:
    """Return a row as numbers, or as base64 of little-endian float32."""
    if form == "base64":
        return base64.b64encode(np.asarray(row, "<f4").tobytes()).decode()
    return [float(x) for x in row]


def event(body: Plain) -> str:
    """Return one server-sent event."""
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n"
