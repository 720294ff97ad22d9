"""Manual pages in the man macros of troff, groff_man(7)."""

from collections.abc import Iterable, Iterator, Mapping

from ringfence.apps.cli.exits import MEANINGS
from ringfence.apps.cli.manuals.verb_manual import PROGRAM, Entry, VerbManual
from ringfence.model.provenance import Provenance

_WHAT_IT_IS = "gets H.323 handsets registered through a firewall with exactly the rules they need"


def program_page(verbs: Mapping[str, str], made: Provenance) -> str:
    """ringfence(1): the verbs, each with its beginning of a sentence."""
    synopsis = (f".B {PROGRAM}", r".I VERB", r"[\fIOPTIONS\fR] [\fIARGUMENTS\fR]")
    listed = (Entry(f"{PROGRAM}-{verb}(1)", f"{said}.") for verb, said in verbs.items())
    return _page(PROGRAM, _WHAT_IT_IS, synopsis, (_section("VERBS", _list(listed)), *_ending(())), made)


def verb_page(manual: VerbManual, made: Provenance) -> str:
    """ringfence-VERB(1)."""
    name = f"{PROGRAM}-{manual.verb}"
    sections = [_section("DESCRIPTION", _paragraphs(manual.paragraphs))]
    if manual.arguments:
        sections.append(_section("ARGUMENTS", _list(manual.arguments)))
    sections.append(_section("OPTIONS", _list(manual.options)))
    summary = manual.summary[:1].lower() + manual.summary[1:]
    synopsis = (f".B {_text(' '.join(manual.usage.split()[:2]))}", _text(" ".join(manual.usage.split()[2:])))
    return _page(name, summary, synopsis, (*sections, *_ending((PROGRAM,))), made)


def _page(
    name: str, summary: str, synopsis: Iterable[str], sections: Iterable[list[str]], made: Provenance
) -> str:
    lines = [
        f'.TH "{name.upper()}" 1 "{made.date}" "{PROGRAM} {made.version}" "{PROGRAM} manual"',
        ".nh",  # commands and codes are not hyphenated
        ".SH NAME",
        rf"{_text(name)} \- {_text(summary)}",
        ".SH SYNOPSIS",
        *synopsis,
    ]
    for section in sections:
        lines += section
    return "\n".join(lines) + "\n"


def _ending(also: tuple[str, ...]) -> Iterator[list[str]]:
    yield _section("EXIT STATUS", _list(Entry(str(status), f"{said}.") for status, said in MEANINGS.items()))
    if also:
        yield _section("SEE ALSO", [", ".join(rf"\fB{_text(each)}\fR(1)" for each in also)])


def _section(title: str, body: Iterable[str]) -> list[str]:
    return [f".SH {title}", *body]


def _paragraphs(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in (".PP", _text(text))]


def _list(entries: Iterable[Entry]) -> list[str]:
    return [line for each in entries for line in (".TP", rf"\fB{_text(each.term)}\fR", _text(each.meaning))]


def _text(said: str) -> str:
    """Nothing of it is taken for a request, and a minus is one that can be copied into a shell."""
    escaped = " ".join(said.replace("\\", r"\e").replace("-", r"\-").split())
    return rf"\&{escaped}" if escaped[:1] in {".", "'"} else escaped
