"""Markdown: the file's own characters, markers outside the blocks."""

from __future__ import annotations

import time

import pytest
from read.blocks import kinds, read_text

from rag.document import Document


def test_headings_exclude_their_markers() -> None:
    found = kinds(read_text("# One #\n\nTwo\n===\n\n### Three ###\n\n> ## Four\n", ".md"))
    assert found == [
        ("heading1", "One"),
        ("heading1", "Two"),
        ("heading3", "Three"),
        ("heading2", "Four"),
    ]


def test_the_title_is_the_first_top_heading_without_markup() -> None:
    extraction = read_text("## Part\n\n# The *big* `code` [link](x) &amp; more\n", ".md")
    assert extraction.title == "The big code link & more"


def test_strong_lines_above_text_are_headings_where_there_are_several() -> None:
    text = (
        "## Use\n\n**Children**\n\nNone.\n\n__Other medicines__\n\n- Tell us.\n\n**Dose.** One.\n"
    )
    assert kinds(read_text(text, ".md")) == [
        ("heading2", "Use"),
        ("heading6", "Children"),
        ("prose", "None."),
        ("heading6", "Other medicines"),
        ("item", "Tell us."),
        ("prose", "**Dose.** One."),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "**No dogs**",
        "**The pool is closed**",
        "**Chair: Bob Ray**",
        "**Do you take cards?**",
        "**Free entry.**",
        "**Do not take it if you:**",
        "**Rent** and **fees**",
    ],
)
def test_a_strong_line_that_says_something_or_stands_alone_is_prose(line: str) -> None:
    heads = "**Children**\n\nNone.\n\n**Food**\n\nAny."
    assert ("prose", line) in kinds(read_text(f"{heads}\n\n{line}\n\nMore.\n", ".md"))
    assert ("prose", "**Children**") in kinds(read_text("**Children**\n\nNone.\n", ".md"))
    last = read_text(f"{heads}\n\n**Friday**\n", ".md")
    assert kinds(last)[-1] == ("prose", "**Friday**"), "of nothing below it"


@pytest.mark.parametrize("rule", ["---", "==="])
def test_a_paragraph_with_a_rule_right_under_it_stays_prose(rule: str) -> None:
    words = "A paragraph that its writer did not\nmean for a heading at all. " * 6
    extraction = read_text(f"{words}\n{rule}\n\n# The title\n\nTwo\n{rule}\n", ".md")
    assert kinds(extraction)[:2] == [("prose", words.strip()), ("heading1", "The title")]
    assert kinds(extraction)[2][0].startswith("heading")
    assert extraction.title == "The title"


def test_items_and_quotations_begin_after_their_markers() -> None:
    text = "- one\n  1. inner item\n\n     more of it\n- two\n  goes on\n\n> quoted\n> text\n"
    assert kinds(read_text(text, ".md")) == [
        ("item", "one"),
        ("item", "inner item"),
        ("item", "more of it"),
        ("item", "two\n  goes on"),
        ("prose", "quoted\n> text"),
    ]


def test_every_table_row_is_a_row() -> None:
    text = "| Name | Age |\n|------|----:|\n| Ann | 12 |\n| Bob \\| Co | 13 |\n\nAfter.\n"
    assert kinds(read_text(text, ".md")) == [
        ("row1", "Name | Age"),
        ("row", "Ann | 12"),
        ("row", "Bob \\| Co | 13"),
        ("prose", "After."),
    ]


def test_the_rows_of_a_table_are_numbered_from_its_head() -> None:
    text = (
        "| | a | b |\n|---|---|---|\n| x | 1 | 2 |\n| | 3 | u\\|v |\n\nText.\n\nc | d\n-|-\ne | f\n"
    )
    document = Document("a.md", "A", text, read_text(text, ".md").blocks, "", "")
    rows = [number for number, block in enumerate(document.blocks) if block.kind == "row"]
    assert [(document.blocks[n].row, document.blocks[n].level) for n in rows] == [
        (1, 1), (2, 0), (3, 0), (1, 1), (2, 0)
    ]  # fmt: skip
    assert [document.cells(n) for n in rows] == [
        ["", "a", "b"], ["x", "1", "2"], ["", "3", "u\\|v"], ["c", "d"], ["e", "f"]
    ]  # fmt: skip
    told = [document.columns(document.blocks[n].start) for n in rows]
    assert told == [None, "– | a | b", "a | b", None, "c | d"]


def test_a_table_with_an_empty_head_has_none() -> None:
    blocks = read_text("| | |\n|---|---|\n| Name | Ann |\n| Born | 1990 |\n", ".md").blocks
    assert [(block.kind, block.row) for block in blocks] == [("row", None), ("row", None)]


@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_fenced_code_is_code_and_its_language_meta(fence: str) -> None:
    text = f"{fence}python\nx = 1\n\n# no heading\n{fence}\n\n    indented()\n"
    assert kinds(read_text(text, ".md")) == [
        ("meta", f"{fence}python"),
        ("code", "x = 1\n\n# no heading"),
        ("code", "indented()"),
    ]


def test_an_open_fence_runs_to_the_end() -> None:
    assert kinds(read_text("```\ncode one\ncode two", ".md")) == [("code", "code one\ncode two")]


def test_front_matter_and_link_definitions_are_meta() -> None:
    text = "---\ntitle: X\ntags: [a]\n---\n\nBody text.\n\n[ref]: https://example.org 'T'\n"
    assert kinds(read_text(text, ".md")) == [
        ("meta", "title: X\ntags: [a]"),
        ("prose", "Body text."),
        ("meta", "[ref]: https://example.org 'T'"),
    ]


def test_a_file_that_begins_with_a_rule_has_no_front_matter() -> None:
    found = kinds(read_text("---\n\nFirst words here.\n\n---\n\nMore.\n", ".md"))
    assert found == [("prose", "First words here."), ("prose", "More.")]


def test_scripts_and_comments_are_meta_and_other_html_is_prose() -> None:
    text = "<!-- note -->\n\n<script>\nalert(1)\n</script>\n\n<div>\nKept words.\n</div>\n"
    assert kinds(read_text(text, ".md")) == [
        ("meta", "<!-- note -->"),
        ("meta", "<script>\nalert(1)\n</script>"),
        ("prose", "<div>\nKept words.\n</div>"),
    ]


def test_words_beside_a_script_are_prose() -> None:
    text = "<p align=center>Kept <b>words</b></p>\n<script>alert(1)</script>\n<p>More.</p>\n\n"
    assert kinds(read_text(f"{text}<!-- x --> After.\n\n<hr class='a'>\n", ".md")) == [
        ("prose", "<p align=center>Kept <b>words</b></p>"),
        ("meta", "<script>alert(1)</script>"),
        ("prose", "<p>More.</p>"),
        ("meta", "<!-- x -->"),
        ("prose", "After."),
        ("meta", "<hr class='a'>"),
    ]


def test_a_comment_between_sentences_is_meta() -> None:
    text = (
        "Text. <!-- a --> More `<!-- b -->` text. <!-- c --><!-- c --> End <!-- c -->\n\n"
        "- It is <!-- d --> so\n\n# H <!-- e -->"
    )
    assert kinds(read_text(text, ".md")) == [
        ("prose", "Text."),
        ("meta", "<!-- a -->"),
        ("prose", "More `<!-- b -->` text."),
        ("meta", "<!-- c --><!-- c -->"),
        ("prose", "End"),
        ("meta", "<!-- c -->"),
        ("item", "It is <!-- d --> so"),
        ("heading1", "H"),
        ("meta", "<!-- e -->"),
    ]


@pytest.mark.parametrize("piece", ["<!--", "<!-- -->", "<script>", "<div", "<?", "`<!-- -->"])
def test_hostile_html_is_read_in_time(piece: str) -> None:
    began = time.process_time()
    read_text("a " + piece * 50_000, ".md")
    read_text("<div>" + piece * 50_000, ".md")
    assert time.process_time() - began < 10


def test_deep_nesting_neither_hangs_nor_loses_words() -> None:
    extraction = read_text("> " * 20000 + "the end of it\n\nplain.\n", ".md")
    assert kinds(extraction)[-1] == ("prose", "plain.")


@pytest.mark.parametrize("blank", ["\xa0", "\u3000", "> \xa0", "- \xa0"])
def test_a_line_of_a_no_break_space_moves_no_border(blank: str) -> None:
    indent = {"-": "  ", ">": "> "}.get(blank[0], "")
    text = f"{blank}\n{indent}Hello there, all done.\n{indent}More of it.\n{blank}\n"
    found = read_text(text, ".md")
    assert [(b.kind, b.start) for b in found.blocks][:1] == [
        ("item" if blank[0] == "-" else "prose", text.index("Hello"))
    ]
    assert found.text[: found.blocks[0].end].endswith("More of it.")
