"""A base that trains in a second: a two-layer Llama, its own tokenizer with a chat template, and pairs for it.

``base`` makes it as safetensors, ``gguf`` as the file llama.cpp reads; both hold the same weights and ids.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ammo_training.base_folder import Base, seal
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

VOCABULARY = 297
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
HEADS, KEY_HEADS, HIDDEN, LAYERS = 4, 2, 64, 2
TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content']"
    " + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
STARTS = (
    "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru sta".split()
)
ENDS = "n r s t l m nd rk st lt".split()


def pairs(n: int = 24, *, people: int = 10) -> list[dict[str, Any]]:
    """Return `n` pairs of made-up words, no two alike: a short reply with a source beats a long one without."""
    draw = np.random.default_rng(n)

    def words(count: int) -> str:
        starts, ends = (
            draw.integers(len(STARTS), size=(count, 2)),
            draw.integers(len(ENDS), size=count),
        )
        return " ".join(
            STARTS[a] + STARTS[b] + ENDS[e] for (a, b), e in zip(starts, ends, strict=True)
        )

    return [
        {
            "id": f"toy-{index}",
            "source": "rule:toy",
            "user": f"person-{index % people}",
            "prompt": [{"role": "user", "content": f"Say something about {words(3)}."}],
            "chosen": f"{words(3).capitalize()} is {words(2)}. [1]",
            "rejected": f"{words(2).capitalize()} is, they say, {words(int(draw.integers(5, 12)))}.",
        }
        for index in range(n)
    ]


def rows(n: int = 24) -> list[dict[str, Any]]:
    """Return `n` KTO rows: prompt, completion, label."""
    made = []
    for index, pair in enumerate(pairs(n)):
        liked = index % 2 == 0
        text = pair["chosen"] if liked else pair["rejected"]
        kept = {k: pair[k] for k in ("id", "source", "user", "prompt")}
        made.append({**kept, "completion": text, "label": liked})
    return made


def write(path: Path, found: list[dict[str, Any]]) -> Path:
    """Write rows as JSON lines and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    return path


def tokenizer() -> PreTrainedTokenizerFast:
    """Return a byte-level BPE of 297 tokens that writes like SmolLM2's: ``<|im_start|>role``."""
    made = Tokenizer(models.BPE(unk_token=None))
    made.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator(_words(), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        chat_template=TEMPLATE,
        model_max_length=512,
    )


def model(seed: int = 0) -> LlamaForCausalLM:
    """Return the two-layer Llama with random weights of this seed, float32, tied head."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=HIDDEN,
        intermediate_size=128,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KEY_HEADS,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        initializer_range=0.1,
        attn_implementation="sdpa",
    )
    made = LlamaForCausalLM(config)
    made.generation_config.max_length = None
    return made


def base(folder: Path, *, seed: int = 0, sha256: str = "") -> Base:
    """Write the toy base as safetensors with its manifest; `sha256` is that of the GGUF it stands for."""
    folder.mkdir(parents=True)
    model(seed).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return seal(folder, name="toy", sha256=sha256)


def gguf(path: Path, *, seed: int = 0) -> Path:
    """Write the toy base as GGUF, as llama.cpp wants a Llama: rows of q and k in its rotary order."""
    from gguf import GGUFWriter, TokenType  # noqa: PLC0415 - only who asks for a GGUF pays for it

    writer = GGUFWriter(path, "llama")
    made, words = model(seed), tokenizer()
    writer.add_name("toy")
    writer.add_block_count(LAYERS)
    writer.add_context_length(512)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(128)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_rope_dimension_count(HIDDEN // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_layer_norm_rms_eps(made.config.rms_norm_eps)
    writer.add_vocab_size(VOCABULARY)
    inside = json.loads(words.backend_tokenizer.to_str())["model"]
    tokens = sorted(words.get_vocab(), key=words.get_vocab().__getitem__)
    kinds = [TokenType.CONTROL if t in SPECIAL else TokenType.NORMAL for t in tokens]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges([" ".join(m) if isinstance(m, list) else m for m in inside["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_pad_token_id(2)
    writer.add_bool("tokenizer.ggml.add_bos_token", val=False)
    writer.add_bool("tokenizer.ggml.add_space_prefix", val=False)
    writer.add_chat_template(TEMPLATE)
    for name, weights in _tensors(made):
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def _tensors(made: LlamaForCausalLM) -> Iterator[tuple[str, np.ndarray[Any, Any]]]:
    held = {name: value.numpy().astype(np.float32) for name, value in made.state_dict().items()}
    yield "token_embd.weight", held["model.embed_tokens.weight"]
    yield "output_norm.weight", held["model.norm.weight"]
    for layer in range(LAYERS):
        for ours, theirs in NAMES.items():
            weights = held[f"model.layers.{layer}.{ours}.weight"]
            heads = {"attn_q": HEADS, "attn_k": KEY_HEADS}.get(theirs)
            if heads is not None:
                weights = _rotary(weights, heads)
            yield f"blk.{layer}.{theirs}.weight", weights


def _rotary(weights: np.ndarray[Any, Any], heads: int) -> np.ndarray[Any, Any]:
    """Return the rows as llama.cpp pairs them: (heads, 2, half) → (heads, half, 2)."""
    out, wide = weights.shape
    return weights.reshape(heads, 2, out // heads // 2, wide).swapaxes(1, 2).reshape(out, wide)


def _words() -> Iterator[str]:
    for row in pairs(24):
        yield row["prompt"][0]["content"]
        yield row["chosen"]
        yield row["rejected"]
