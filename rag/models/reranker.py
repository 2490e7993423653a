"""The cross-encoder: it reads a question and a text together."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import ModelError
from rag.models import bundled
from rag.models.brief import brief
from rag.models.encoder import hush, unknown_model, weights_sha256
from rag.models.reading import Reading, ReadOn, SentenceBySentence, WholeReading
from rag.models.session import open_session
from rag.searched import Searched

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from sentence_transformers import CrossEncoder
    from tokenizers import Encoding, Tokenizer

MAX_PIECES = 512
"""The model's positions; a longer pair is read in parts."""
_HEAD_CHARS = 300
"""Of a title and section, what each further part is read under."""
UNSEEN = -100.0
"""The logit of a sentence without a word piece in what was read at once."""


class Reranker(Protocol):
    """What the engine needs of a cross-encoder. Safe to share between threads."""

    name: str
    sha256: str

    def read(self, question: str, texts: Sequence[Searched]) -> Sequence[Reading]:
        """Each text read with the question."""
        ...


class OnnxReranker:
    """The bundled int8 reader, run by onnxruntime without torch.

    Each text is a run of its own on one core, as many at once as there are
    cores. On two cores that took two thirds of the time of padded batches. And
    a text's score never depends on its neighbours: in a batch they would share
    the scale of its int8 numbers.
    """

    def __init__(
        self, session: InferenceSession, tokenizer: Tokenizer, name: str, sha256: str
    ) -> None:
        self.name = name
        self.sha256 = sha256
        self._session = session
        self._tokenizer = tokenizer
        self._cores = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="rerank")

    def read(self, question: str, texts: Sequence[Searched]) -> list[Reading]:
        """See `Reranker`."""
        question = brief(question, self._pieces)
        encodings = self._tokenizer.encode_batch([(question, text.text) for text in texts])
        # Longest first: the last run to finish is a short one.
        order = sorted(range(len(texts)), key=lambda index: -len(encodings[index].ids))
        readings = self._cores.map(lambda at: self._read(question, texts[at], encodings[at]), order)
        by_index = dict(zip(order, readings, strict=True))
        return [by_index[index] for index in range(len(texts))]

    def _read(self, question: str, text: Searched, encoding: Encoding) -> Reading:
        reading = self._run(encoding, text)
        rest = _beyond(text, encoding.offsets[-2][1]) if encoding.overflowing else None
        if rest is None:
            return reading
        number = len(text.spans) - len(rest.spans)
        shift = text.spans[number][0] - rest.spans[0][0]
        again = self._tokenizer.encode(question, rest.text)
        return ReadOn(reading, self._read(question, rest, again), number, shift)

    def _pieces(self, text: str) -> list[tuple[int, int]]:
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [place for part in (encoding, *encoding.overflowing) for place in part.offsets]

    def _run(self, encoding: Encoding, text: Searched) -> WholeReading:
        pieces = word_pieces(encoding, text.spans)
        members = np.zeros((len(pieces), len(encoding.ids)), np.float32)
        for number, held in enumerate(pieces):
            members[number, held] = 1
        relevance, logits, borders = self._session.run(
            ["relevance", "sentences", "borders"],
            {
                "pieces": np.array(encoding.ids, np.int64),
                "types": np.array(encoding.type_ids, np.int64),
                "members": members,
            },
        )
        logits = np.where(members.any(axis=1), logits, np.float32(UNSEEN))
        return WholeReading(float(relevance[0]), logits, borders, pieces, tuple(encoding.offsets))


def _beyond(text: Searched, seen: int) -> Searched | None:
    """The sentences that do not end within the ``seen`` characters, under the text's first line;
    None where that is no less to read."""
    title = text.text.partition("\n")[0]
    head = title[:_HEAD_CHARS]
    number = sum(end <= seen for _, end in text.spans)
    if number == 0 and head == title:
        number = 1  # one sentence is longer than what can be read
    if number >= len(text.spans):
        return None
    start = text.spans[number][0]
    shift = start - len(head) - 1
    return Searched(
        f"{head}\n{text.text[start:]}",
        text.sentences[number:],
        tuple((a - shift, b - shift) for a, b in text.spans[number:]),
    )


def word_pieces(encoding: Encoding, spans: Sequence[tuple[int, int]]) -> tuple[slice, ...]:
    """Of each sentence, its word pieces by position; an empty slice for one past the last."""
    # [CLS] and the question come first, then the text's pieces in order, a [SEP] at the end.
    first = encoding.type_ids.index(1) if 1 in encoding.type_ids else 0
    ends = [end for _, end in encoding.offsets[first:-1]]
    return tuple(
        slice(first + bisect_right(ends, start), first + bisect_right(ends, end))
        for start, end in spans
    )


class CrossEncoderReranker:
    """Any other cross-encoder, run by sentence-transformers on the CPU."""

    def __init__(self, model: CrossEncoder, name: str, sha256: str) -> None:
        self.name = name
        self.sha256 = sha256
        self._model = model

    def read(self, question: str, texts: Sequence[Searched]) -> list[SentenceBySentence]:
        """See `Reranker`."""
        logits = self._score(question, [text.text for text in texts])
        return [
            SentenceBySentence(float(logit), question, text, self._score)
            for logit, text in zip(logits, texts, strict=True)
        ]

    def _score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        scores = self._model.predict(
            [(question, text) for text in texts],
            batch_size=8,
            activation_fn=torch.nn.Identity(),
            show_progress_bar=False,
        )
        return np.asarray(scores, np.float32).reshape(len(texts))


def open_reranker(name: str = "default") -> Reranker:
    """The pinned cross-encoder, or a sentence-transformers one by path or hub name.

    Raises:
        ModelError: when it is unknown, unreadable, or not the pinned one.
    """
    if name == "default":
        return _open_bundled(bundled.locate(bundled.RERANKER))
    from sentence_transformers import CrossEncoder

    hush()
    try:
        model = CrossEncoder(name, device="cpu")
    except Exception as error:  # the library lets anything through
        raise unknown_model("reranker", name, error) from error
    if model.num_labels != 1:
        raise ModelError(f"the reranker {name!r} has {model.num_labels} outputs; expected one")
    return CrossEncoderReranker(model, name, weights_sha256(model))


def _open_bundled(folder: Path) -> OnnxReranker:
    session = open_session(folder / "reader.onnx")
    model = bundled.RERANKER
    return OnnxReranker(session, open_tokenizer(folder), model.name, model.sha256)


def open_tokenizer(folder: Path = bundled.FOLDER) -> Tokenizer:
    """What splits a question and a text into `MAX_PIECES` word pieces at most."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / bundled.TOKENIZER))
    tokenizer.no_padding()  # the file asks for 128 pieces always
    tokenizer.enable_truncation(MAX_PIECES, strategy="longest_first")
    return tokenizer
