"""Word documents: every visible word of the package's XML, once."""

from __future__ import annotations

import io
import time
import zipfile

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from read import packages
from read.blocks import kinds, read_bytes

from rag.document import Document
from rag.errors import ReadError
from rag.read import extract
from rag.read.extraction import Extraction
from rag.split import split

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def package(parts: dict[str, str]) -> bytes:
    """A ZIP of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def document(body: str, **parts: str) -> bytes:
    """A Word file with this body; ``footnotes="<w:footnote>..."`` adds such a part."""
    relations = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{name}" Target="{name}.xml"/>'
        for n, name in enumerate(parts)
    )
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'{head}<Relationship Id="r" Type="{OFFICE}/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": f"{head}{relations}</Relationships>",
            **{f"word/{n}.xml": f"<w:{n} {NAMES}>{c}</w:{n}>" for n, c in parts.items()},
        }
    )


def show(body: str, **parts: str) -> list[tuple[str, str]]:
    return kinds(read_bytes(document(body, **parts), ".docx"))


def paragraph(runs: str) -> str:
    return f"<w:p>{runs}</w:p>"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def saved(word: docx.document.Document) -> Extraction:
    target = io.BytesIO()
    word.save(target)
    return read_bytes(target.getvalue(), ".docx")


def test_docx_keeps_ampersands_and_angle_brackets() -> None:
    word = docx.Document()
    word.add_paragraph("AT&T's R&D spent <5% & more > less.")
    assert saved(word).text == "AT&T's R&D spent <5% & more > less."


def test_headings_titles_and_lists_by_their_styles() -> None:
    word = docx.Document()
    word.core_properties.title = ""
    word.add_heading("The Title", 0)
    word.add_heading("Part", 1)
    based = word.styles.add_style("Own Heading", WD_STYLE_TYPE.PARAGRAPH)
    based.base_style = word.styles["Heading 2"]
    word.add_paragraph("Based on it", style="Own Heading")
    word.add_paragraph("body")
    word.add_paragraph("item", style="List Bullet")
    extraction = saved(word)
    assert kinds(extraction) == [
        ("heading1", "The Title"), ("heading1", "Part"), ("heading2", "Based on it"),
        ("prose", "body"), ("item", "item"),
    ]  # fmt: skip
    assert extraction.title == "The Title"


def test_the_core_title_comes_first() -> None:
    word = docx.Document()
    word.core_properties.title = "From the properties"
    word.add_heading("Heading", 1)
    assert saved(word).title == "From the properties"


def test_insertions_are_kept_and_deletions_dropped() -> None:
    assert show(
        paragraph(
            run("a ") + f"<w:ins>{run('new ')}</w:ins><w:del><w:r><w:delText>old </w:delText></w:r>"
            f"</w:del><w:moveFrom>{run('gone ')}</w:moveFrom><w:moveTo>{run('moved')}</w:moveTo>"
        )
    ) == [("prose", "a new moved")]


def test_wrappers_do_not_hide_text() -> None:
    assert show(
        f"<w:sdt><w:sdtContent>{paragraph(run('control'))}</w:sdtContent></w:sdt>"
        + paragraph(
            f"<w:hyperlink>{run('link ')}</w:hyperlink><w:smartTag>{run('tag ')}</w:smartTag>"
            f"<w:sdt><w:sdtContent>{run('inline ')}</w:sdtContent></w:sdt>"
            f"<w:fldSimple w:instr='PAGE'>{run('field ')}</w:fldSimple><w:bdo>{run('bdo ')}</w:bdo>"
            f"<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>"
        )
    ) == [("prose", "control"), ("prose", "link tag inline field bdo x=1")]


def test_field_results_are_kept_and_codes_dropped() -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    code = "<w:r><w:instrText> IF 1 = </w:instrText></w:r>"
    field = mark("begin") + code + run("inner") + mark("separate") + run("result") + mark("end")
    assert show(paragraph(run("a ") + field + run(" b"))) == [("prose", "a result b")]
    broken = mark("begin") + code + run("must stay")
    assert show(paragraph(broken) + paragraph(run("after"))) == [
        ("prose", "must stay"),
        ("prose", "after"),
    ]


def test_tabs_breaks_hyphens_and_symbols_are_characters() -> None:
    runs = (
        "<w:pPr><w:tabs><w:tab w:val='left'/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t>"
        "<w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t><w:softHyphen/>"
        "<w:sym w:char='263A'/></w:r>"
    )
    assert show(paragraph(runs)) == [("prose", "a\tb\nc\u2011d\u00ad☺")]


@pytest.mark.parametrize(
    ("font", "code", "meant"),
    [
        ("Symbol", "F061", "α"),
        ("Symbol", "57", "Ω"),
        ("Symbol", "F0A3", "≤"),
        ("Symbol", "F0FE", "⎭"),
        ("Symbol", "F0FF", "\ufffd"),
        ("Wingdings", "F0FC", "✓"),
        ("Wingdings", "F0FE", "☑"),
        ("Wingdings", "A8", "☐"),
        ("Wingdings", "F021", "\ufffd"),
        ("Webdings", "61", "\ufffd"),
        ("Arial", "2603", "☃"),
        ("Arial", "FFFFFFFFFF", "\ufffd"),
        ("Arial", "D800", "\ufffd"),
    ],
)
def test_a_symbol_is_its_meaning_or_a_hole(font: str, code: str, meant: str) -> None:
    sign = f"<w:r><w:sym w:font='{font}' w:char='{code}'/></w:r>"
    assert show(paragraph(run("of ") + sign + run(" mm"))) == [("prose", f"of {meant} mm")]


def test_comments_come_last_and_are_meta() -> None:
    comment = f"<w:comment w:id='0' w:author='Ann'>{paragraph(run('Is this so?'))}</w:comment>"
    footer = paragraph(run("foot"))
    assert show(paragraph(run("body")), comments=comment, footer=footer) == [
        ("prose", "body"),
        ("meta", "foot"),
        ("meta", "Is this so?"),
    ]


def test_footnotes_and_endnotes_are_quotable() -> None:
    def note(kind: str, text: str) -> str:
        return f"<w:{kind} w:id='2'>{paragraph(run(text))}</w:{kind}>"

    data = document(
        paragraph(run("Body.")),
        footnotes=note("footnote", "The mast is tall."),
        endnotes=note("endnote", "The keel is deep."),
    )
    found = read_bytes(data, ".docx")
    whole = Document("a.docx", "A", found.text, found.blocks, "", "")
    quotable = [found.text[s.start : s.end] for s in split(whole, passage_chars=1000)[0]]
    assert quotable == ["Body.", "The mast is tall.", "The keel is deep."]


def test_a_text_box_is_read_once() -> None:
    box = f"<w:txbxContent>{paragraph(run('in the box'))}</w:txbxContent>"
    drawing = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}"
        f"</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox>"
        "</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    old = f"<w:r><w:pict><v:textbox>{box.replace('in', 'of')}</v:textbox></w:pict></w:r>"
    assert show(paragraph(run("before ") + drawing + run("after")) + paragraph(old)) == [
        ("prose", "before after"),
        ("prose", "in the box"),
        ("prose", "of the box"),
    ]


def test_a_diagrams_words_follow_its_paragraph() -> None:
    space = "http://schemas.openxmlformats.org/drawingml/2006/"

    def data(*steps: str) -> str:
        points = "".join(f"<a:p><a:r><a:t>{step}</a:t></a:r></a:p>" for step in steps)
        return (
            f'<dgm:dataModel xmlns:dgm="{space}diagram" xmlns:a="{space}main">{points}'
            "</dgm:dataModel>"
        )

    frame = (
        f'<w:r><w:drawing><dgm:relIds xmlns:dgm="{space}diagram" xmlns:r="{OFFICE}" r:dm="r1"/>'
        "</w:drawing></w:r>"
    )
    box = f"<w:r><w:pict><w:txbxContent>{paragraph(frame)}</w:txbxContent></w:pict></w:r>"
    cells = f"<w:tc>{paragraph(run('x') + frame)}</w:tc><w:tc>{paragraph(run('y'))}</w:tc>"
    body = (
        paragraph(run("before ") + frame + run("after"))
        + paragraph(box)
        + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    )
    made = packages.package(
        {
            "_rels/.rels": packages.relations(("officeDocument", "word/document.xml")),
            "word/document.xml": f"<w:document {NAMES}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": packages.relations(
                ("diagramData", "diagrams/data1.xml"), ("header", "header.xml")
            ),
            "word/header.xml": f"<w:hdr {NAMES}>{paragraph(run('head') + frame)}</w:hdr>",
            "word/_rels/header.xml.rels": packages.relations(("diagramData", "diagrams/data2.xml")),
            "word/diagrams/data1.xml": data("Sow", "Reap &amp; bind"),
            "word/diagrams/data2.xml": data("Brand"),
        }
    )
    assert kinds(read_bytes(made, ".docx")) == [
        ("prose", "before after"), ("item", "Sow"), ("item", "Reap & bind"),
        ("item", "Sow"), ("item", "Reap & bind"),
        ("row", "x\nSow\nReap & bind\ty"),
        ("meta", "head"), ("meta", "Brand"),
    ]  # fmt: skip
    lost = document(paragraph(run("before ") + frame + run("after")))
    assert kinds(read_bytes(lost, ".docx")) == [("prose", "before after")]


def test_table_rows_keep_every_cell_and_frames_are_no_rows() -> None:
    def cell(*texts: str) -> str:
        return f"<w:tc>{''.join(paragraph(run(text)) for text in texts)}</w:tc>"

    deleted = f"<w:tr><w:trPr><w:del/></w:trPr>{cell('gone')}{cell('gone')}</w:tr>"
    nested = f"<w:tc><w:tbl><w:tr>{cell('i')}{cell('j')}</w:tr></w:tbl>{paragraph('')}</w:tc>"
    assert show(
        f"<w:tbl><w:tr>{cell('a')}{cell('')}{cell('b', 'c')}</w:tr>{deleted}"
        f"<w:tr>{nested}{cell('k')}</w:tr></w:tbl>"
        f"<w:tbl><w:tr>{cell('One.', 'Two.')}</w:tr></w:tbl>"
    ) == [("row", "a\t\tb\nc"), ("row", "i j\tk"), ("prose", "One."), ("prose", "Two.")]


def rows(table: str | bytes) -> list[tuple[int | None, int, str]]:
    """Number, level and words of each row."""
    data = table if isinstance(table, bytes) else document(f"<w:tbl>{table}</w:tbl>")
    found = read_bytes(data, ".docx")
    blocks = [block for block in found.blocks if block.kind == "row"]
    return [(b.row, b.level, found.text[b.start : b.end]) for b in blocks]


def made_row(*texts: str, head: str = "") -> str:
    cells = "".join(f"<w:tc>{paragraph(run(text))}</w:tc>" for text in texts)
    return f"<w:tr>{head}{cells}</w:tr>"


def test_a_row_that_is_repeated_on_each_page_is_a_head() -> None:
    head = made_row("Name", "Town", head="<w:trPr><w:tblHeader/></w:trPr>")
    found = rows(head + made_row("Ann", "Bonn") + made_row("a row across") + made_row("Bo", "Kiel"))
    assert found == [(1, 1, "Name\tTown"), (2, 0, "Ann\tBonn"), (4, 0, "Bo\tKiel")]
    off = head.replace("tblHeader", 'tblHeader w:val="0"')
    assert rows(off + made_row("Ann", "Bonn"))[0][:2] == (None, 0)


@pytest.mark.parametrize(("style", "level"), [("Light Grid Accent 1", 1), ("Table Grid", 0)])
def test_a_first_row_that_its_style_sets_apart_is_a_head(style: str, level: int) -> None:
    word = docx.Document()
    table = word.add_table(0, 2, style)
    for texts in (("Item", "Fee"), ("Oak", "4"), ("Elm", "5")):
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text
    target = io.BytesIO()
    word.save(target)
    found = rows(target.getvalue())
    assert found == [(1, level, "Item\tFee"), (2, 0, "Oak\t4"), (3, 0, "Elm\t5")]


def test_a_form_has_no_head() -> None:
    form = made_row("Name", "Ann") + made_row("Born", "1990") + made_row("Town", "Bonn")
    assert {row[:2] for row in rows(form)} == {(None, 0)}


def test_a_cell_joined_down_stands_in_each_row() -> None:
    word = docx.Document()
    table = word.add_table(4, 4)
    for number, texts in enumerate((("Area", "Site", "Day", "Hours"), *["abcd"] * 3)):
        for cell, text in zip(table.rows[number].cells, texts, strict=True):
            cell.text = text
    for row, column, text in ((1, 0, "North"), (2, 0, ""), (2, 3, "9-5"), (3, 3, "")):
        table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 1)).text = "North"
    table.cell(2, 3).merge(table.cell(3, 3)).text = "9-5"
    target = io.BytesIO()
    word.save(target)
    assert [words for *_, words in rows(target.getvalue())] == [
        "Area\tSite\tDay\tHours", "North\t\tc\td", "North\t\tc\t9-5", "a\tb\tc\t9-5"
    ]  # fmt: skip


def test_notes_follow_and_headers_are_meta() -> None:
    note = f"<w:footnote w:id='2'>{paragraph(run('a note'))}</w:footnote>"
    line = f"<w:footnote w:type='separator'>{paragraph(run('-----'))}</w:footnote>"
    assert show(paragraph(run("body")), header=paragraph(run("head")), footnotes=line + note) == [
        ("prose", "body"),
        ("prose", "a note"),
        ("meta", "head"),
    ]


def test_hidden_text_is_left_out() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
    shown = "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>shown</w:t></w:r>"
    assert show(paragraph(hidden + shown)) == [("prose", "shown")]


def test_text_hidden_by_a_style_is_left_out() -> None:
    def style(name: str, kind: str, mark: str = "", based: str = "") -> str:
        below = f"<w:basedOn w:val='{based}'/>" if based else ""
        return f"<w:style w:type='{kind}' w:styleId='{name}'>{below}<w:rPr>{mark}</w:rPr></w:style>"

    def styled(text: str, name: str, own: str = "") -> str:
        mark = f"<w:rStyle w:val='{name}'/>" if name else ""
        return f"<w:r><w:rPr>{mark}{own}</w:rPr><w:t>{text}</w:t></w:r>"

    vanish, not_vanish = "<w:vanish/>", "<w:vanish w:val='0'/>"
    styles = (
        style("Note", "character", vanish)
        + style("LaterNote", "character", based="Note")
        + style("Shown", "character", not_vanish, based="LaterNote")
        + style("Loop", "character", based="Loop")
        + style("Aside", "paragraph", vanish)
        + style("LaterAside", "paragraph", based="Aside")
        + style("Body", "paragraph", not_vanish, based="LaterAside")
    )
    hidden = styled("a", "Note") + styled("b", "LaterNote") + styled("c", "", vanish)
    shown = styled("d", "Shown") + styled("e", "LaterNote", not_vanish) + styled("f", "Loop")

    def under(name: str, runs: str) -> str:
        return paragraph(f"<w:pPr><w:pStyle w:val='{name}'/></w:pPr>{runs}")

    turned = styled("g", "Note")  # what hides, hides no more where all is hidden
    own_mark = paragraph(f"<w:pPr><w:rPr>{vanish}</w:rPr></w:pPr>{run('only its end is hidden')}")
    row = f"<w:tbl><w:tr><w:tc>{paragraph(hidden + shown)}</w:tc>"
    row += f"<w:tc>{under('LaterAside', run('x'))}{paragraph(run('y'))}</w:tc></w:tr></w:tbl>"
    assert show(
        paragraph(hidden + shown)
        + under("Aside", run("all of it"))
        + under("LaterAside", run("all of it") + styled("h", "", not_vanish) + turned)
        + under("Body", run("visible"))
        + own_mark
        + row,
        styles=styles,
    ) == [
        ("prose", "def"),
        ("prose", "hg"),
        ("prose", "visible"),
        ("prose", "only its end is hidden"),
        ("row", "def\ty"),
    ]


def formatted(text: str, marks: str) -> str:
    return f"<w:r><w:rPr>{marks}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def test_text_in_a_symbol_font_is_what_its_signs_mean() -> None:
    greek = formatted("m", "<w:rFonts w:ascii='Symbol' w:hAnsi='Symbol'/>")
    private = formatted("\uf0a3", "<w:rFonts w:ascii='Symbol'/>")
    tick = formatted("\uf0fc \uf021", "<w:rFonts w:ascii='Wingdings'/>")
    other = formatted("m", "<w:rFonts w:ascii='Arial'/>")
    assert show(paragraph(greek + run("g ") + private + run(" 10 ") + tick + other)) == [
        ("prose", "μg ≤ 10 ✓ \ufffdm")
    ]


def test_raised_characters_are_not_read_as_digits_beside_them() -> None:
    up = "<w:vertAlign w:val='superscript'/>"
    style = f"<w:style w:type='character' w:styleId='Up'><w:rPr>{up}</w:rPr></w:style>"
    assert show(
        paragraph(
            run("10") + formatted("-", up) + formatted("6", up) + run(" m")
            + formatted("2", "<w:rStyle w:val='Up'/>") + run(", the 1") + formatted("st", up)
            + run(" H") + formatted("2", "<w:vertAlign w:val='subscript'/>") + run("O")
            + formatted("3", "<w:rStyle w:val='Up'/><w:vertAlign w:val='baseline'/>")
        ),
        styles=style,
    ) == [("prose", "10⁻⁶ m², the 1st H2O3")]  # fmt: skip


def test_struck_text_is_left_out_and_said_to_be() -> None:
    struck = formatted("500", "<w:strike/>") + formatted("600", "<w:dstrike/>")
    kept = formatted("450", "<w:strike w:val='0'/>")
    style = "<w:style w:type='character' w:styleId='Out'><w:rPr><w:strike/></w:rPr></w:style>"
    by_style = formatted("old", "<w:rStyle w:val='Out'/>")
    body = paragraph(run("Rent ") + struck + kept + by_style)
    found = read_bytes(document(body, styles=style), ".docx")
    assert (found.text, found.notes) == ("Rent 450", ("struck-through text is left out",))
    nothing_else = read_bytes(document(paragraph(struck), header=paragraph(run("h"))), ".docx")
    assert kinds(nothing_else) == [("prose", "500600"), ("meta", "h")]
    assert nothing_else.notes == ()
    spaces = paragraph(run("a") + formatted(" ", "<w:strike/>"))
    assert read_bytes(document(spaces), ".docx").notes == ()


def math(name: str, **parts: str) -> str:
    return f"<m:{name}>{''.join(f'<m:{k}>{v}</m:{k}>' for k, v in parts.items())}</m:{name}>"


def letters(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("made", "meaning"),
    [
        (math("f", num=letters("1"), den=letters("2")), "2 1/2 of it"),
        (math("f", num=letters("a+b"), den=letters("2c+d")), "2(a+b)/(2c+d) of it"),
        (
            math("f", num=letters("x"), den=math("f", num=letters("1"), den=letters("3"))),
            "2 x/(1/3) of it",
        ),
        (
            math("f", fPr="<m:type m:val='noBar'/>", num=letters("n"), den=letters("k")),
            "2(n¦k) of it",
        ),
        (math("sSup", e=letters("x"), sup=letters("10")), "2x¹⁰ of it"),
        (math("sSup", e=letters("x"), sup=letters("a+b")), "2x^(a+b) of it"),
        (math("rad", deg="", e=letters("3")), "2√3 of it"),
        (math("d", e=letters("a+b")), "2(a+b) of it"),
        (math("sSub", e=letters("x"), sub=letters("1")), "2x1 of it"),
    ],
)  # fmt: skip
def test_a_formula_says_its_layout_by_signs(made: str, meaning: str) -> None:
    assert show(paragraph(run("2") + f"<m:oMath>{made}</m:oMath>" + run(" of it"))) == [
        ("prose", meaning)
    ]


def test_deep_formulas_of_any_kind_are_read_in_time() -> None:
    deep = "<m:acc><m:e>" * 40 + letters("x") + "</m:e></m:acc>" * 40
    assert show(paragraph(f"<m:oMath>{deep}</m:oMath>")) == [("prose", "x")]


def test_a_paragraph_of_many_runs_is_read_in_time() -> None:
    began = time.process_time()
    assert show(paragraph(run("a") * 60_000)) == [("prose", "a" * 60_000)]
    assert time.process_time() - began < 20


def test_the_upper_half_of_a_fraction_is_no_exponent() -> None:
    up = "<w:vertAlign w:val='superscript'/>"
    words = run("Add ") + formatted("1", up) + run("/2 cup, at most 10") + formatted("6", up)
    assert show(paragraph(words + run("/mL"))) == [("prose", "Add 1/2 cup, at most 10⁶/mL")]


def form(data: str, result: str | None = None) -> str:
    begin = f"<w:r><w:fldChar w:fldCharType='begin'><w:ffData>{data}</w:ffData></w:fldChar></w:r>"
    code = "<w:r><w:instrText> FORM </w:instrText></w:r>"
    shown = "" if result is None else "<w:r><w:fldChar w:fldCharType='separate'/></w:r>" + result
    return begin + code + shown + "<w:r><w:fldChar w:fldCharType='end'/></w:r>"


def test_a_forms_ticks_and_choices_are_read() -> None:
    ticked, by_default = "<w:checked/>", "<w:default w:val='1'/>"
    unticked = "<w:default w:val='1'/><w:checked w:val='0'/>"
    plans = "<w:listEntry w:val='Basic'/><w:listEntry w:val='Premium'/>"
    assert show(
        paragraph(
            form(f"<w:checkBox>{ticked}</w:checkBox>")
            + form(f"<w:checkBox>{by_default}</w:checkBox>", "")
            + form(f"<w:checkBox>{unticked}</w:checkBox>")
            + form("<w:checkBox/>")
            + run(" ")
            + form(f"<w:ddList><w:result w:val='1'/>{plans}</w:ddList>")
            + run(" ")
            + form(f"<w:ddList>{plans}</w:ddList>", run("shown"))
            + form(f"<w:ddList><w:result w:val='9'/>{plans}</w:ddList>")
            + run(" ")
            + form("<w:textInput/>", run("typed"))
        )
    ) == [("prose", "☒☒☐☐ Premium shown typed")]


def laid_out(*cells: tuple[str, str], before: int = 0, head: bool = False) -> str:
    """A row of cells, each its properties and its paragraphs, parted by "|"."""
    marks = f"<w:gridBefore w:val='{before}'/>" if before else ""
    marks += "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr>{marks}</w:trPr>" + "".join(
        f"<w:tc><w:tcPr>{marks}</w:tcPr>{''.join(map(paragraph, map(run, text.split('|'))))}</w:tc>"
        for marks, text in cells
    ) + "</w:tr>"  # fmt: skip


def test_a_cell_joined_across_keeps_those_behind_it_in_their_columns() -> None:
    head = laid_out(*(("", name) for name in ("Item", "Q1", "Q2", "Total")), head=True)
    ink = laid_out(("", "Ink"), ("<w:gridSpan w:val='2'/>", "not sold"), ("", "0"))
    pens = laid_out(("", "5"), ("", "6"), before=2)
    late = laid_out(("", "7"), before=3)
    wide = laid_out(("<w:gridSpan w:val='9999'/>", "a"), ("<w:gridSpan w:val='x'/>", "b"))
    data = document(f"<w:tbl>{head}{ink}{pens}{late}{wide}</w:tbl>")
    found = read_bytes(data, ".docx")
    whole = Document("a.docx", "A", found.text, found.blocks, "", "")
    assert [whole.cells(row) for row in range(5)] == [
        ["Item", "Q1", "Q2", "Total"],
        ["Ink", "not sold", "", "0"],
        ["", "", "5", "6"],
        ["", "", "", "7"],
        ["a", "b"],
    ]


def test_borders_drawn_row_by_row_make_no_columns() -> None:
    """Word counts cells in columns of every border that is in any row."""
    widths = "".join(f"<w:gridCol w:w='{width}'/>" for width in (1000, 60, 940, 40, 960))
    two = "<w:gridSpan w:val='2'/>"
    head = laid_out(("", "Item"), (two, "Q1"), (two, "Q2"), head=True)
    pens = laid_out((two, "Pens"), ("", "1"), (two, "2"))
    ink = laid_out((two, "Ink"), ("<w:gridSpan w:val='3'/>", "sold out"))
    late = laid_out((two, "3"), ("", "4"), before=2)
    found = rows(f"<w:tblGrid>{widths}</w:tblGrid>{head}{pens}{ink}{late}")
    assert [words for *_, words in found] == ["Item\tQ1\tQ2", "Pens\t1\t2", "Ink\tsold out", "3\t4"]


RESTART, CONTINUE = "<w:vMerge w:val='restart'/>", "<w:vMerge/>"


def test_a_row_under_a_joined_cell_stays_in_its_table() -> None:
    head = laid_out(("", "Category"), ("", "Rule"), head=True)
    leave = laid_out((RESTART, "Leave"), ("", "25 days"))
    more = laid_out((CONTINUE, ""), ("", "Carry over.|Ask."))
    alone = laid_out((RESTART, "Sick|leave"), ("", ""))
    below = laid_out((CONTINUE, ""), ("", "10 days"))
    note = laid_out(("", ""), ("", "One.|Two."))
    found = [words for *_, words in rows(head + leave + more + alone + below + note)]
    assert found == [
        "Category\tRule", "Leave\t25 days", "Leave\tCarry over.\nAsk.",
        "Sick\nleave", "Sick\nleave\t10 days", "One.\nTwo.",
    ]  # fmt: skip


def test_a_cell_in_a_table_without_head_may_frame_a_page() -> None:
    body = f"<w:tbl>{laid_out(('', ''), ('', 'One.|Two.'))}{laid_out(('', 'a'), ('', 'b'))}</w:tbl>"
    assert show(body) == [("prose", "One."), ("prose", "Two."), ("row", "a\tb")]


def test_a_tab_in_a_cell_makes_no_column() -> None:
    tabbed = "<w:r><w:t>A</w:t><w:tab/><w:t>big</w:t></w:r>"
    nested = f"<w:tbl>{laid_out(('', 'red'), ('', 'blue'))}</w:tbl>"
    made = (
        f"<w:tbl><w:tr><w:tc>{paragraph(tabbed)}</w:tc><w:tc>{paragraph(run('5'))}</w:tc></w:tr>"
        f"<w:tr><w:tc>{paragraph(run('Pens'))}{nested}</w:tc><w:tc>{paragraph(run('6'))}</w:tc>"
        f"</w:tr></w:tbl><w:tbl><w:tr><w:tc>{paragraph(tabbed)}</w:tc></w:tr></w:tbl>"
    )
    assert show(made) == [("row", "A big\t5"), ("row", "Pens\nred blue\t6"), ("prose", "A\tbig")]


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    def cut(text: str, mark: str = "del") -> str:
        return paragraph(f"<w:pPr><w:rPr><w:{mark} w:id='1'/></w:rPr></w:pPr>{run(text)}")

    cell = f"<w:tc>{cut('x ')}{paragraph(run('y'))}{cut('z')}</w:tc>"
    table = f"<w:tbl><w:tr>{cell}<w:tc>{paragraph(run('w'))}</w:tc></w:tr></w:tbl>"
    inserted = cut("whole", "ins")
    assert show(
        cut("The Tenant ") + cut("shall ", "moveFrom") + paragraph(run("pay.")) + inserted
        + cut("before a table") + table + cut("at the end"),
        footer=paragraph(run("foot")),
    ) == [
        ("prose", "The Tenant shall pay."), ("prose", "whole"), ("prose", "before a table"),
        ("row", "x y\nz\tw"), ("prose", "at the end"), ("meta", "foot"),
    ]  # fmt: skip


def test_entities_are_refused() -> None:
    data = document(paragraph(run("x")))
    evil = package(
        {
            "word/document.xml": '<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
            f"<w:document {NAMES}><w:body>{paragraph(run('&e;'))}</w:body></w:document>"
        }
    )
    assert extract(data, ".docx")
    with pytest.raises(ReadError, match="declares entities"):
        extract(evil, ".docx")


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    with pytest.raises(ReadError, match="unpacks to"):
        extract(document(paragraph(run("x" * 70_000_000))), ".docx")


def test_other_files_named_docx_are_told_apart() -> None:
    with pytest.raises(ReadError, match="ZIP archive, not a document"):
        extract(package({"a.txt": "x"}), ".docx")
    with pytest.raises(ReadError, match="damaged"):
        extract(document(paragraph(run("x")))[:200], ".docx")
    assert extract(b"<html><body><p>A page.</p></body></html>", ".docx")[0] == "html"
