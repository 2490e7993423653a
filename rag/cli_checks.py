"""What ``rag verify``, ``rag find`` and ``rag ask --receipts`` read, write and print."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rag.cli_text import indented, one_line, print_json
from rag.diff import marked
from rag.errors import RagError, ReceiptError
from rag.findings import Finding
from rag.pasted import frame
from rag.receipts import MAX_JSON_BYTES, Parsed, parse
from rag.render import diff_to_list, findings_to_dict, found_to_dict
from rag.reports import Skipped
from rag.types import Answer, Receipt
from rag.verdicts import OUTCOMES, Verdict

_ALSO = 5  # places to print of words that stand in many; --json gives them all


def load_receipts(names: Sequence[str]) -> Parsed:
    """The receipts in files, in folders of ``*.json`` files, and for ``-`` on standard input, and
    what exports among them tell that no receipt proves.

    Raises:
        ReceiptError: one cannot be read or is malformed, or a folder has none.
    """
    receipts: list[Receipt] = []
    unproved: list[str] = []
    for name in names:
        if name == "-":
            parsed = parse(sys.stdin.buffer.read(MAX_JSON_BYTES + 1), "standard input")
            receipts += parsed.receipts
            unproved += parsed.unproved
            continue
        paths = [Path(name)]
        if paths[0].is_dir():
            paths = sorted(paths[0].glob("*.json"))
            if not paths:
                raise ReceiptError(f"no receipts in {name}; expected *.json files in that folder")
        for path in paths:
            try:
                with path.open("rb") as file:
                    text = file.read(MAX_JSON_BYTES + 1)
            except OSError as error:
                raise ReceiptError(
                    f"the receipt {path} cannot be read ({error.strerror}); name a file, "
                    "a folder of *.json files, or - for standard input"
                ) from None
            parsed = parse(text, str(path))
            receipts += parsed.receipts
            unproved += parsed.unproved
    if not receipts:  # exports of refusals alone
        raise ReceiptError(f"no receipts in {', '.join(names)}: a refusal has no quotations")
    return Parsed(tuple(receipts), tuple(dict.fromkeys(unproved)))


def save_receipts(answer: Answer, folder: Path) -> None:
    """Write a receipt for each quote, each file named for what is in it.

    Raises:
        RagError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for receipt in answer.receipts():
            text = receipt.to_json().encode("utf-8")
            # Named by its hash: no name from a document reaches the disk, and none is overwritten.
            (folder / f"{hashlib.sha256(text).hexdigest()[:32]}.json").write_bytes(text)
    except OSError as error:
        raise RagError(
            f"receipts cannot be written to {folder} ({error.strerror}); name another folder"
        ) from None


def print_verdicts(verdicts: Sequence[Verdict], unproved: Sequence[str], *, as_json: bool) -> None:
    """Each receipt's verdict, how many there are of each, and what no receipt proves."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    if as_json:
        told = [_verdict_dict(verdict) for verdict in verdicts]
        counted = {outcome: counts[outcome] for outcome in OUTCOMES}
        print_json(
            {"receipts": len(verdicts)}
            | counted
            | {"not_checked": list(unproved), "verdicts": told}
        )
        return
    for verdict in verdicts:
        receipt = verdict.receipt
        old = f"{receipt.document}, chars {receipt.start}–{receipt.end}"
        print(f"{verdict.outcome:<8} {one_line(f'{old}: {verdict.note}')}")
        if verdict.outcome == "moved":
            for quote in verdict.found[:_ALSO]:
                print(f"         now at {one_line(quote.citation)}")
            _print_rest(len(verdict.found))
        elif verdict.outcome == "changed":
            print(f"         nearest {one_line(verdict.found[0].citation)}")
            print(_indented(marked(verdict.diff)))
        elif verdict.outcome == "gone":
            print(_indented(f"it was “{receipt.quote}”"))
    number = len(verdicts)
    each = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    print(f"{number} receipt{'s' if number != 1 else ''}: {each}")
    if unproved:
        print(f"not checked, for no receipt holds it: {', '.join(unproved)}")


def print_findings(
    findings: Sequence[Finding],
    text: str,
    unsearched: Sequence[Skipped],
    *,
    listed: bool,
    as_json: bool,
) -> None:
    """Whether a text is in the documents, and where, or what stands there instead.

    Last come the files that could not be searched, since the text may be in one of them: how many,
    and ``listed`` also which.
    """
    outcome = findings[0].outcome if findings else "absent"
    if as_json:
        missed = [item._asdict() for item in unsearched]
        print_json({**findings_to_dict(findings), "unsearched": missed})
        return
    if not findings:
        print("absent: the documents hold neither this text nor most of its words")
    elif outcome == "exact":
        part = all(finding.sentence for finding in findings)
        as_what = ", as part of a longer sentence" if part else ""
        print(f"exact: the documents hold this text, character for character{as_what}")
        for finding in findings[:_ALSO]:
            print(f"         {one_line(finding.quote.citation)}")
            _print_sentence(finding)
        _print_rest(len(findings))
    else:
        print("altered: the documents hold something like this text, not this text")
        for finding in findings:
            print(f"         {one_line(finding.quote.citation)}: {finding.note}")
            print(_indented(marked(finding.diff)))
            _print_sentence(finding)
    if findings and findings[0].sought != text.strip():
        print("compared without what stands around it:")
        print(_indented(frame(text.strip(), findings[0].sought)))
    if unsearched:
        number = len(unsearched)
        where = "" if listed else ": `rag info` tells which"
        print(f"{number} file{'s' if number != 1 else ''} could not be searched{where}")
        for path, reason in unsearched if listed else ():
            print(f"         {one_line(f'{path}: {reason}')}")


def _print_sentence(finding: Finding) -> None:
    excerpt = finding.excerpt
    if excerpt:
        print(f"         part of “{indented(excerpt.shown(finding.quote.document), 9)}”")


def _print_rest(number: int) -> None:
    if number > _ALSO:
        print(f"         and {number - _ALSO} more; --json lists them")


def _indented(text: str) -> str:
    return "         " + indented(text, 9)


def _verdict_dict(verdict: Verdict) -> dict[str, Any]:
    receipt = verdict.receipt
    return {
        "outcome": verdict.outcome,
        "note": verdict.note,
        "document": receipt.document,
        "start": receipt.start,
        "end": receipt.end,
        "quote": receipt.quote,
        "quote_sha256": receipt.quote_sha256,
        "same_file": verdict.same_file,
        "found": [found_to_dict(quote) for quote in verdict.found],
        "diff": diff_to_list(verdict.diff),
    }
