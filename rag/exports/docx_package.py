"""The parts of a Word package around its text: styles, settings, types and relations.

Every file in it carries the same fixed time, so that the same text gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from lxml import etree

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_CONTENT_TYPES = f"""{_HEAD}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>
<Override PartName="/word/footnotes.xml" ContentType="{_TYPE}.footnotes+xml"/>
<Override PartName="/word/styles.xml" ContentType="{_TYPE}.styles+xml"/>
<Override PartName="/word/settings.xml" ContentType="{_TYPE}.settings+xml"/>
<Override PartName="/docProps/core.xml" \
ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>
</Types>"""

_RELATIONS = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>
<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" \
Target="docProps/core.xml"/>
</Relationships>"""

_DOCUMENT_RELATIONS = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/settings" Target="settings.xml"/>
<Relationship Id="rId3" Type="{_OFFICE}/footnotes" Target="footnotes.xml"/>
</Relationships>"""

_SETTINGS = f"""{_HEAD}<w:settings xmlns:w="{WORD}">
<w:defaultTabStop w:val="720"/>
<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>
<w:compat><w:compatSetting w:name="compatibilityMode" \
w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>
</w:settings>"""

_CORE = f"""{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<dc:title>Answers in quotations</dc:title>
<dcterms:created xsi:type="dcterms:W3CDTF">{{time}}</dcterms:created>
</cp:coreProperties>"""


def package(document: etree._Element, footnotes: etree._Element, time: datetime) -> bytes:
    """The DOCX file around a ``w:document`` and its ``w:footnotes``."""
    moment = time.isoformat().replace("+00:00", "Z")
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONS,
        "docProps/core.xml": _CORE.format(time=moment),
        "word/document.xml": _serialised(document),
        "word/footnotes.xml": _serialised(footnotes),
        "word/styles.xml": _styles(),
        "word/settings.xml": _SETTINGS,
        "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            item = zipfile.ZipInfo(name, _EPOCH)
            item.compress_type = zipfile.ZIP_DEFLATED
            item.create_system = 0  # whatever system made it
            archive.writestr(item, content)
    return file.getvalue()


def _serialised(part: etree._Element) -> bytes:
    made: bytes = etree.tostring(part, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def _styles() -> str:
    """Few and calm. The names "heading 1" and "footnote text" are Word's own."""
    grey, rule = '<w:color w:val="575E67"/>', '<w:color w:val="0A5A6A"/>'
    left = '<w:pBdr><w:left w:val="single" w:sz="18" w:space="12" w:color="0A5A6A"/></w:pBdr>'
    block = f'{left}<w:spacing w:before="160" w:after="160"/><w:ind w:left="425"/>'
    serif, mono = _fonts("Georgia", "Times New Roman"), _fonts("Consolas", "Courier New")
    return "".join(
        (
            f'{_HEAD}<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr>',
            _fonts("Calibri", "Arial"),
            '<w:sz w:val="22"/><w:szCs w:val="22"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>',
            '<w:spacing w:after="120" w:line="276" w:lineRule="auto"/></w:pPr></w:pPrDefault>',
            "</w:docDefaults>",
            '<w:style w:type="paragraph" w:default="1" w:styleId="Normal">',
            '<w:name w:val="Normal"/><w:qFormat/></w:style>',
            _heading(1, "360", "30", rule),
            _heading(2, "200", "24", grey),
            _style("Quotation", "Quotation", block, serif + _size("23")),
            _style("Verbatim", "Quotation, verbatim", block, mono + _size("19")),
            _style("Aside", "Aside", "", grey),
            _style("Colophon", "Colophon", '<w:spacing w:before="480"/>', grey + _size("18")),
            _style(
                "FootnoteText",
                "footnote text",
                '<w:spacing w:after="60" w:line="240" w:lineRule="auto"/>',
                _size("18"),
            ),
            '<w:style w:type="character" w:styleId="FootnoteReference">',
            '<w:name w:val="footnote reference"/>',
            '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style></w:styles>',
        )
    )


def _style(identity: str, name: str, paragraph: str, run: str, *, after: str = "Normal") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{identity}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="Normal"/><w:next w:val="{after}"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _heading(level: int, before: str, size: str, colour: str) -> str:
    spacing = f'<w:spacing w:before="{before}" w:after="120"/>'
    return _style(
        f"Heading{level}",
        f"heading {level}",
        f'<w:keepNext/>{spacing}<w:outlineLvl w:val="{level - 1}"/>',
        f"<w:b/><w:bCs/>{colour}{_size(size)}",
        after="Quotation",
    )


def _fonts(latin: str, complex_script: str) -> str:
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:cs="{complex_script}"/>'


def _size(half_points: str) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'
