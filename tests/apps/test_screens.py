"""Plain lines are those that Rich draws on a terminal as wide, but that nothing is cut off."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from ringfence.apps.cli.screens.plain import PlainScreen
from ringfence.apps.cli.screens.styled import StyledText, Table, assemble
from ringfence.apps.cli.screens.terminal import TerminalScreen

# Words as they come, characters of two columns among them, and longer than a line.
WORDS = st.lists(st.text("abc:[]/\u6f22\xe9", min_size=1, max_size=9) | st.just("x" * 190), max_size=40).map(
    " ".join
)
CELLS = st.text("abc:[] \u6f22\n", max_size=30) | st.text("01", max_size=5).map(
    lambda n: StyledText(n, right=True)
)


def drawn(what: str | StyledText | Table, *, indent: int = 0) -> tuple[str, str]:
    """The same on both."""
    plain, terminal = io.StringIO(), io.StringIO()
    PlainScreen(plain).print(what, indent=indent)
    console = Console(file=terminal, width=180, color_system=None, emoji=False, markup=False)
    TerminalScreen(console).print(what, indent=indent)
    return plain.getvalue(), terminal.getvalue()


@given(WORDS)
def test_words_are_broken_alike(words: str) -> None:
    plain, terminal = drawn(words)
    assert plain == terminal


@given(WORDS.filter(bool), st.integers(1, 8))
def test_indented_words_are_broken_alike(words: str, indent: int) -> None:
    plain, terminal = drawn(words, indent=indent)
    assert [line.rstrip() for line in plain.split("\n")] == [line.rstrip() for line in terminal.split("\n")]


@given(
    st.lists(st.tuples(CELLS, CELLS, WORDS), min_size=1, max_size=6), st.permutations(["name", "what", ""])
)
def test_tables_are_laid_out_alike(rows: list[tuple[str | StyledText, ...]], headings: list[str]) -> None:
    plain, terminal = drawn(Table(tuple(headings), tuple(rows), headings[-1]))
    assert plain == terminal


def test_what_may_not_break_is_not_cut_off() -> None:
    stream = io.StringIO()
    PlainScreen(stream).print(Table(("long", "what"), (("x" * 200, "y " * 30),), "what"))
    lines = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert lines[1].startswith(f"{'x' * 200}  y y")
    assert sum(line.count("y") for line in lines) == 30
    assert len(lines) == 3


def test_styles_and_pictures_are_no_part_of_plain_lines() -> None:
    text = assemble("aa:ab:cc [bold]", StyledText("REGISTERED", "bold green").append("  00:0a:ab:00:00:01"))
    plain, terminal = drawn(text)
    assert plain == terminal == "aa:ab:cc [bold]REGISTERED  00:0a:ab:00:00:01\n"


def test_no_control_character_reaches_a_file() -> None:
    stream = io.StringIO()
    PlainScreen(stream).print("a\x1b[2Jb\u2028c", soft_wrap=True)
    assert stream.getvalue() == "a\\x1b[2Jb\\u2028c\n"


@given(
    st.lists(st.tuples(CELLS, CELLS, WORDS), min_size=1, max_size=6),
    st.permutations(["name", "what", ""]),
    st.integers(60, 200),
)
def test_no_width_of_a_terminal_loses_a_column(
    rows: list[tuple[str | StyledText, ...]], headings: list[str], width: int
) -> None:
    table = Table(tuple(headings), tuple(rows), headings[-1])
    terminal = io.StringIO()
    console = Console(file=terminal, width=width, color_system=None, emoji=False, markup=False)
    TerminalScreen(console).print(table)
    shown = "".join(terminal.getvalue().split())
    for character in set("abc:[]/x01\u6f22\xe9"):
        wanted = sum(str(cell).count(character) for row in rows for cell in row)
        assert shown.count(character) >= wanted, character
    assert all(cell_len(line) <= width for line in terminal.getvalue().split("\n"))
