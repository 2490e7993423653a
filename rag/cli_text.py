"""What the command line prints of documents: nothing in it that a terminal would obey."""

from __future__ import annotations

import json
import re
import unicodedata

_UNSAFE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_LINE_ENDS = {ord("\n"): "\\n", ord("\t"): "\\t"}
_MAY_BE_UNSAFE = re.compile(r"[^\n\t -~]")


def plain(text: str) -> str:
    """Document text with what a terminal would obey (escape sequences, bidi marks) spelt out."""
    return _MAY_BE_UNSAFE.sub(lambda match: _spelt(match.group()), text)


def one_line(text: str) -> str:
    """The same without line ends or tabs: a file's name must not pass for a line of ours."""
    return plain(text).translate(_LINE_ENDS)


def indented(text: str, columns: int) -> str:
    """Document text, never in the first column of a line, where our own words stand."""
    return plain(text).replace("\n", f"\n{' ' * columns}")


def print_json(data: object) -> None:
    """Print JSON that is safe to look at: the same marks are escaped as JSON has it."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    print(
        _MAY_BE_UNSAFE.sub(
            lambda match: (
                json.dumps(match.group())[1:-1] if _unsafe(match.group()) else match.group()
            ),
            text,
        )
    )


def _unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE


def _spelt(character: str) -> str:
    return f"\\u{ord(character):04x}" if _unsafe(character) else character
