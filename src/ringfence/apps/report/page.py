"""A document as one HTML file that needs nothing else: no font, no picture, no script from elsewhere."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path

from ringfence.apps.report.chart_svg import chart
from ringfence.apps.report.document import (
    Card,
    Cell,
    Chart,
    CodeBlock,
    Document,
    DocumentBlock,
    Ladder,
    Points,
    Prose,
    Section,
    SitePicture,
    TableBlock,
    Tone,
)
from ringfence.apps.report.ladder_svg import svg
from ringfence.apps.report.site_svg import picture_svg
from ringfence.model.errors import InputError

_PARTS = ("page", "ladder", "site", "chart")
# Nothing may be loaded, and nothing run but the one script that sorts tables, whatever a packet smuggled in:
# the second lock behind escaping.
_LOCK = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; "
    "form-action 'none'"
)


def write_page(path: Path, document: Document) -> None:
    """InputError when the file cannot be written."""
    try:
        path.write_text(page(document), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", where=str(path)) from None


def page(document: Document) -> str:
    """The whole file."""
    style = "".join(map(style_sheet, _PARTS))
    script = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
    lock = _LOCK.format(b64encode(sha256(script.encode()).digest()).decode())
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in document.facts
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{lock}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(document.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
        f"<header>\n<p class=product>ringfence</p>\n<h1>{escape(document.title)}</h1>\n"
        f'<p class="verdict {document.tone}">{escape(document.verdict)}</p>\n'
        f"<p class=lead>{escape(document.lead)}</p>\n<dl class=facts>{facts}</dl>\n</header>\n<main>\n"
        + "\n".join(map(_section, document.sections))
        + f"\n</main>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def style_sheet(name: str) -> str:
    """The rules of a part of the page; they name their colours by the variables of `page`."""
    return Path(__file__).with_name(f"{name}.css").read_text(encoding="utf-8")


def _section(section: Section) -> str:
    body = "\n".join(map(_block, section.blocks))
    title = escape(section.title)
    if section.folded:
        return f"<details>\n<summary><h2>{title}</h2></summary>\n{body}\n</details>"
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>"


def _block(block: DocumentBlock) -> str:
    match block:
        case TableBlock():
            return _table(block)
        case Prose(text):
            return f"<p>{escape(text)}</p>"
        case Points(text, points):
            return f"<p>{escape(text)}</p>{_list(points)}"
        case Card():
            return _card(block)
        case Ladder(caption, layout):
            return _figure(caption, _scrolling(caption, svg(layout)))
        case SitePicture(caption):
            return _figure(caption, _scrolling(caption, picture_svg(block)))
        case Chart(caption):
            return _figure(caption, _scrolling(caption, chart(block)))
        case CodeBlock(caption, text):
            return _figure(caption, f"<pre tabindex=0>{escape(text)}</pre>")


def _scrolling(name: str, inside: str) -> str:
    """Wider than some screens: its frame takes the focus, so that keys can move it."""
    return f'<div class=scroll tabindex=0 role=region aria-label="{escape(name)}">{inside}</div>'


def _figure(caption: str, inside: str) -> str:
    return f"<figure><figcaption>{escape(caption)}</figcaption>{inside}</figure>"


def _table(table: TableBlock) -> str:
    heads = "".join(f"<th scope=col>{escape(heading)}</th>" for heading in table.headings)
    rows = "\n".join(f"<tr>{_cells(row, table)}</tr>" for row in table.rows)
    head = f"<thead><tr>{heads}</tr></thead>"
    kind = " class=dense" if table.dense else ""
    inside = f"<table{kind}>\n{head}\n<tbody>\n{rows}\n</tbody>\n</table>"
    return _scrolling("table of " + ", ".join(filter(None, table.headings)), inside)


def _cells(row: tuple[Cell, ...], table: TableBlock) -> str:
    # data-head: on a narrow screen a row becomes a block whose cells name their column.
    return "".join(
        f'<td data-head="{escape(heading)}"{_class(cell, wide=number == table.wide)}>{escape(cell.text)}</td>'
        for number, (heading, cell) in enumerate(zip(table.headings, row, strict=True))
    )


def _list(points: tuple[str, ...]) -> str:
    return f"<ul>{''.join(f'<li>{escape(point)}</li>' for point in points)}</ul>"


def _class(cell: Cell, *, wide: bool) -> str:
    words = [cell.tone.value] if cell.tone is not Tone.PLAIN else []
    words += ["wide"] if wide else []
    return f' class="{" ".join(words)}"' if words else ""


def _card(card: Card) -> str:
    action = f"<p class=action><b>Check first:</b> {escape(card.action)}</p>" if card.action else ""
    title = f"<h3><span class=label>{escape(card.label)}</span> {escape(card.title)}</h3>"
    return (
        f'<article class="card {card.tone}">{title}'
        f"<p>{escape(card.meaning)}</p>{_list(card.points)}{action}</article>"
    )
