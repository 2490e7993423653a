"""Presentations: every word under the number of the slide that shows it."""

from __future__ import annotations

from read.blocks import read_bytes
from read.packages import OFFICE, package, relations

NAMES = (
    f'xmlns:r="{OFFICE}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)


def presentation(*slides: str, order: str = "", **extra: str) -> bytes:
    """A presentation of these shape trees; ``order`` lists the slides' relations."""
    numbers = range(1, len(slides) + 1)
    shown = order.split() or [f"r{number}" for number in numbers]
    ids = "".join(f'<p:sldId id="{n}" r:id="{r}"/>' for n, r in enumerate(shown, 256))
    return package(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {NAMES}><p:sldIdLst>{ids}</p:sldIdLst>"
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(
                *(("slide", f"slides/s{number}.xml") for number in numbers)
            ),
            **{
                f"ppt/slides/s{n}.xml": tree("sld", s) for n, s in zip(numbers, slides, strict=True)
            },
            **extra,
        }
    )


def tree(name: str, shapes: str) -> str:
    return f"<p:{name} {NAMES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:{name}>"


def shape(*paragraphs: str, role: str | None = None) -> str:
    mark = "" if role is None else f'<p:ph type="{role}"/>'
    body = "".join(p if p.startswith("<") else line(p) for p in paragraphs)
    return f"<p:sp><p:nvSpPr><p:nvPr>{mark}</p:nvPr></p:nvSpPr><p:txBody>{body}</p:txBody></p:sp>"


def line(text: str, properties: str = "") -> str:
    return f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>"


def show(data: bytes) -> list[tuple[str, str, int | None]]:
    extraction = read_bytes(data, ".pptx")
    return [
        (f"{b.kind}{b.level or ''}", extraction.text[b.start : b.end], b.page)
        for b in extraction.blocks
    ]


def test_pptx_slides_come_in_the_order_of_the_show() -> None:
    data = presentation(shape("stored first"), shape("stored second"), order="r2 r1")
    assert show(data) == [("prose", "stored second", 1), ("prose", "stored first", 2)]


def test_pptx_titles_lists_and_footers() -> None:
    slide = (
        shape("A bullet", line("No bullet", "<a:pPr><a:buNone/></a:pPr>"), role="body")
        + shape("The title", role="title")
        + shape("Page foot", role="ftr")
        + shape("7", role="sldNum")
        + "<p:grpSp>"
        + shape("AT&amp;T in a group", line("dot", "<a:pPr><a:buChar/></a:pPr>"))
        + "</p:grpSp>"
    )
    assert show(presentation(slide)) == [
        ("heading2", "The title", 1), ("item", "A bullet", 1), ("prose", "No bullet", 1),
        ("meta", "Page foot", 1), ("prose", "AT&T in a group", 1), ("item", "dot", 1),
    ]  # fmt: skip


def test_pptx_keeps_runs_breaks_and_fields_together() -> None:
    paragraph = (
        "<a:p><a:r><a:t>one </a:t></a:r><a:r><a:t>two</a:t></a:r><a:br/><a:fld><a:t>2024</a:t>"
        "</a:fld></a:p>"
    )
    both = (
        f"<mc:AlternateContent><mc:Choice>{shape('new')}</mc:Choice>"
        f"<mc:Fallback>{shape('old')}</mc:Fallback></mc:AlternateContent>"
    )
    assert [text for _, text, _ in show(presentation(shape(paragraph) + both))] == [
        "one two\n2024", "new",
    ]  # fmt: skip


def test_pptx_tables_keep_empty_cells() -> None:
    cells = "".join(f"<a:tc><a:txBody>{line(t)}</a:txBody></a:tc>" for t in ("", "a", "", "b"))
    table = f"<p:graphicFrame><a:tbl><a:tr>{cells}</a:tr></a:tbl></p:graphicFrame>"
    extraction = read_bytes(presentation(shape("x") + table), ".pptx")
    assert extraction.text == "x\n\n\ta\t\tb"


def test_pptx_notes_charts_diagrams_and_masters() -> None:
    numbers = '<c:numCache><c:pt idx="0"><c:v>0.30000000000000004</c:v></c:pt></c:numCache>'
    chart = (
        f"<c:chart {NAMES}><c:title>{line('Chart title')}</c:title><c:ser><c:tx><c:strRef>"
        '<c:strCache><c:pt idx="0"><c:v>Sales</c:v></c:pt></c:strCache></c:strRef></c:tx>'
        '<c:cat><c:strCache><c:pt idx="0"><c:v>Q1</c:v></c:pt></c:strCache></c:cat>'
        f"<c:val>{numbers}</c:val></c:ser></c:chart>"
    )
    frames = (
        '<p:graphicFrame><c:chart r:id="r2"/></p:graphicFrame>'
        '<p:graphicFrame><dgm:relIds r:dm="r3"/></p:graphicFrame>'
    )
    parts = {
        "ppt/slides/_rels/s1.xml.rels": relations(
            ("notesSlide", "n.xml"), ("chart", "c.xml"), ("diagramData", "d.xml"),
            ("slideLayout", "l.xml"),
        ),
        "ppt/slides/n.xml": tree(
            "notes", shape("Say this.", role="body") + shape("1", role="sldNum")
        ),
        "ppt/slides/c.xml": chart,
        "ppt/slides/d.xml": f"<dgm:dataModel {NAMES}>{line('A step')}</dgm:dataModel>",
        "ppt/slides/l.xml": tree("sldLayout", shape("Click to add", role="body") + shape("Brand")),
    }  # fmt: skip
    assert show(presentation(shape("Body") + frames, **parts)) == [
        ("prose", "Body", 1), ("prose", "Chart title", 1), ("row", "Sales", 1),
        ("row", "Q1\t0.3", 1), ("item", "A step", 1), ("prose", "Say this.", 1),
        ("meta", "Brand", None),
    ]  # fmt: skip


def chart(*series: str) -> list[str]:
    """The rows of a chart of these series."""
    parts = {
        "ppt/slides/_rels/s1.xml.rels": relations(("chart", "c.xml")),
        "ppt/slides/c.xml": f"<c:chartSpace {NAMES}>{''.join(series)}</c:chartSpace>",
    }
    frame = '<p:graphicFrame><c:chart r:id="r1"/></p:graphicFrame>'
    extraction = read_bytes(presentation(frame, **parts), ".pptx")
    return extraction.text.split("\n")


def points(*values: str) -> str:
    return "".join(
        f'<c:pt idx="{n}"><c:v>{value}</c:v></c:pt>' for n, value in enumerate(values) if value
    )


def series(name: str, **parts: str) -> str:
    written = "".join(f"<c:{key}>{cache}</c:{key}>" for key, cache in parts.items())
    return f"<c:ser><c:tx><c:strCache>{points(name)}</c:strCache></c:tx>{written}</c:ser>"


def numbers(*values: str, code: str = "General") -> str:
    return f"<c:numCache><c:formatCode>{code}</c:formatCode>{points(*values)}</c:numCache>"


def test_scattered_points_keep_their_own_horizontal_values() -> None:
    first = series("A", xVal=numbers("1", "2"), yVal=numbers("10", "20"))
    second = series("B", xVal=numbers("100", "200"), yVal=numbers("7", "8"))
    third = series("C", xVal=numbers("100", "200"), yVal=numbers("5", "6"))
    assert chart(first, second, third) == [
        "\tA", "1\t10", "2\t20", "\tB\tC", "100\t7\t5", "200\t8\t6",
    ]  # fmt: skip


def test_series_of_which_one_lacks_a_label_share_a_table() -> None:
    first = series("A", cat=f"<c:strCache>{points('x')}</c:strCache>", val=numbers("1"))
    second = series("B", cat=f"<c:strCache>{points('x', 'y')}</c:strCache>", val=numbers("2", "3"))
    assert chart(first, second, series("C", val=numbers("4"))) == [
        "\tA\tB\tC", "x\t1\t2\t4", "y\t\t3",
    ]  # fmt: skip


def test_a_charts_labels_of_several_levels_stand_under_each_other() -> None:
    levels = (points("Q1", "Q2", "Q1", "Q2"), points("2023", "", "2024"), points("North"))
    labels = "".join(f"<c:lvl>{level}</c:lvl>" for level in levels)
    labels = f"<c:multiLvlStrCache>{labels}</c:multiLvlStrCache>"
    assert chart(series("Sales", cat=labels, val=numbers("1", "2", "3", "4"))) == [
        "\tSales", "North 2023 Q1\t1", "North 2023 Q2\t2", "North 2024 Q1\t3", "North 2024 Q2\t4",
    ]  # fmt: skip


def test_a_charts_numbers_have_the_format_of_their_cells() -> None:
    dates, shares = numbers("45292", "45323", code="mmm\\-yy"), numbers("0.25", "0.305", code="0%")
    assert chart(series("Rate", cat=dates, val=shares)) == [
        "\tRate", "2024-01-01\t25%", "2024-02-01\t30.5%",
    ]  # fmt: skip


def test_series_that_are_filtered_out_of_a_chart_are_left_out() -> None:
    hidden = f"<c:filteredBarSeries>{series('B', val=numbers('2'))}</c:filteredBarSeries>"
    assert chart(series("A", val=numbers("1")), hidden) == ["A", "1"]


def frame(table: str, properties: str = "<p:cNvPr/>") -> str:
    nv = f"<p:nvGraphicFramePr>{properties}</p:nvGraphicFramePr>"
    return f"<p:graphicFrame>{nv}{table}</p:graphicFrame>"


def grid(*rows: str, style: str = "<a:tblPr/>") -> str:
    """A table of these rows, " | " between cells; ^ is covered by the cell above, < by the one on
    the left, and v behind a text opens a cell of two rows."""
    written = []
    for row in rows:
        cells = []
        for cell in row.split(" | "):
            marks = {"^": 'vMerge="1"', "<": 'hMerge="1"'}.get(cell, "")
            marks = 'rowSpan="2"' if cell.endswith("v") else marks
            text = line("" if cell in ("^", "<") else cell.removesuffix("v"))
            cells.append(f"<a:tc {marks}><a:txBody>{text}</a:txBody></a:tc>")
        written.append(f"<a:tr>{''.join(cells)}</a:tr>")
    return f"<a:tbl>{style}{''.join(written)}</a:tbl>"


def test_pptx_a_cell_merged_down_stands_in_each_row_under_its_column() -> None:
    table = grid("Plan | Limit | Price", "Basicv | 1 user | 5", "^ | 2\tusers | 8", "All | < | 9")
    extraction = read_bytes(presentation(frame(table)), ".pptx")
    assert extraction.text == ("Plan\tLimit\tPrice\nBasic\t1 user\t5\nBasic\t2 users\t8\nAll\t\t9")
    assert [(block.row, block.page) for block in extraction.blocks] == [
        (1, 1), (2, 1), (3, 1), (4, 1),
    ]  # fmt: skip


def test_pptx_a_first_row_that_its_style_sets_apart_is_a_head() -> None:
    id_of = "<a:tblPr firstRow='1'><a:tableStyleId>{}</a:tableStyleId></a:tblPr>"
    styled = id_of.format("{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}")
    plain = id_of.format("{2D5ABB26-0587-4C30-8999-92F81FD0307C}")
    for style, level in (styled, 1), (plain, 0):
        table = grid("Name | Role", "Ann | Boss", "Bob | Clerk", style=style)
        blocks = read_bytes(presentation(frame(table)), ".pptx").blocks
        assert [block.level for block in blocks] == [level, 0, 0]
        assert [block.row for block in blocks] == ([1, 2, 3] if level else [None] * 3)


HIDDEN = '<p:cNvPr hidden="1"/>'


def test_pptx_hidden_shapes_are_never_quoted() -> None:
    def hide(shapes: str) -> str:
        return shapes.replace("<p:nvSpPr>", f"<p:nvSpPr>{HIDDEN}")

    group = f"<p:grpSp><p:nvGrpSpPr>{HIDDEN}</p:nvGrpSpPr>{shape('in a group')}</p:grpSp>"
    table = frame(grid("Plan | Price", "Basic | 1", "Large | 2"), HIDDEN)
    slide = hide(shape("Old title", role="title")) + hide(shape("Old price")) + group + table
    assert show(presentation(slide + shape("New price"))) == [
        ("meta", "Old title", 1), ("meta", "Old price", 1), ("meta", "in a group", 1),
        ("meta", "Plan\tPrice", 1), ("meta", "Basic\t1", 1), ("meta", "Large\t2", 1),
        ("prose", "New price", 1),
    ]  # fmt: skip


def run(text: str, marks: str = "") -> str:
    return f"<a:r><a:rPr {marks}/><a:t>{text}</a:t></a:r>"


def test_pptx_raised_characters_are_raised_and_struck_ones_left_out() -> None:
    power = run("10") + run("6", 'baseline="30000"') + run(" m") + run("2", 'baseline="-25000"')
    price = run("$500", 'strike="sngStrike"') + run("$450", 'strike="noStrike" baseline="0"')
    data = presentation(shape(f"<a:p>{power}</a:p>", f"<a:p>{price}</a:p>"))
    assert show(data) == [("prose", "10⁶ m2", 1), ("prose", "$450", 1)]
    assert read_bytes(data, ".pptx").notes == ("struck-through text is left out",)


def test_pptx_of_which_all_is_struck_through_is_read() -> None:
    done = run("Done", 'strike="dblStrike"')
    data = presentation(shape(f"<a:p>{done}</a:p>"))
    assert show(data) == [("prose", "Done", 1)]
    assert read_bytes(data, ".pptx").notes == ()


def test_pptx_a_title_that_is_not_struck_through_says_the_rest_is() -> None:
    old = run("Rent is $500.", 'strike="sngStrike"')
    data = presentation(shape("Old terms", role="title") + shape(f"<a:p>{old}</a:p>"))
    assert show(data) == [("heading2", "Old terms", 1)]
    assert read_bytes(data, ".pptx").notes == ("struck-through text is left out",)


def test_pptx_what_is_raised_in_two_runs_is_one_word() -> None:
    first = "".join(run(text, 'baseline="30000"') for text in ("1", "st"))
    assert show(presentation(shape(f"<a:p>{first}</a:p>"))) == [("prose", "1st", 1)]
