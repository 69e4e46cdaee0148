"""The language model and the embedder, as AMMO needs them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from ammo_agents.records import Completion, Matrix, ModelCard, Piece, Prompt, Sampling


class Model(Protocol):
    """Answers prompts. Every fault is a `ModelError`; none brings the caller down."""

    card: ModelCard

    async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
        """Return the whole answer.

        Raises:
            ModelTimeoutError: nothing whole within ``sampling.deadline_s``.
            ModelCrashedError: the child process or the provider went away.
            ModelAnswerError: an empty answer, or, with a schema, one that is cut off or breaks it.
            AdapterError: ``sampling.adapters`` names what it cannot write with; a model whose card says
                ``adapters = False`` refuses any.
        """
        ...

    def stream(self, prompt: Prompt, sampling: Sampling) -> AsyncIterator[Piece]:
        """Yield the answer piece by piece; the last piece carries the `Completion`.

        A fault after the first piece is raised, never retried.
        """
        ...

    async def close(self) -> None:
        """Release the process or the connection; closing twice is harmless."""
        ...


class Embedder(Protocol):
    """Places text in the MetaSpace: e = f(x; θ). One MetaSpace has one embedder for life (W1)."""

    card: ModelCard
    fingerprint: str
    """Hash over model id, weights, tokenizer, D and normalisation: what the space is stamped with."""
    dim: int

    async def embed(self, texts: Sequence[str]) -> Matrix:
        """Return unit rows, shape (len(texts), dim), float32, in the order given."""
        ...

    async def close(self) -> None:
        """Release the weights; closing twice is harmless."""
        ...


PullProgress = Callable[[str, int, int], None]
"""Called as ``progress(file name, bytes so far, bytes in all)``."""


class ModelProvider(Protocol):
    """A plugin's models: what there is, what is installed, how to get and open one."""

    name: str
    """The part of a model id before the first slash: ``local``."""

    def cards(self) -> Sequence[ModelCard]:
        """Return every model this provider describes; for open-ended providers, the known ones."""
        ...

    def missing(self, card: ModelCard) -> Sequence[str]:
        """Return the names of files that are not installed (or are damaged); empty = ready offline."""
        ...

    def pull(self, card: ModelCard, progress: PullProgress) -> None:
        """Bring the model's files to this machine and verify every hash; blocking, resumable, atomic.

        Raises:
            TamperedError: a file's hash is not the manifest's; nothing is installed.
            MissingPartError: no source could be reached.
        """
        ...

    async def open_model(self, model_id: str) -> Model:
        """Return the model named by its full id, ready to answer.

        Raises:
            MissingPartError: unknown id, files not pulled, or a key that is not set.
        """
        ...

    async def open_embedder(self, model_id: str) -> Embedder:
        """Return the embedder named by its full id, ready to embed."""
        ...
