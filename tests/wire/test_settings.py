"""The settings-file language: what is read, what is refused with its line, and that nothing hangs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import settings
from ringfence.wire.settings import Get, Goto, If, Interpreter, Set, SettingsProblem, Tag

STOCK_UPGRADE = b"""\
## Upgrade file for H.323 handsets
IF $MODEL4 SEQ 9608 GOTO NEWER
SET APPNAME S9608_old.bin
GOTO SETTINGS
# NEWER
SET APPNAME "S9608_11H323.bin"
# SETTINGS
GET 46xxsettings.scr
GET 46xxsettings.txt
"""


def test_the_stock_upgrade_file_is_read_line_by_line() -> None:
    script = settings.decode(STOCK_UPGRADE)
    assert script.problems == ()
    assert script.statements == (
        If(2, "MODEL4", "9608", "NEWER"),
        Set(3, "APPNAME", "S9608_old.bin"),
        Goto(4, "SETTINGS"),
        Tag(5, "NEWER"),
        Set(6, "APPNAME", "S9608_11H323.bin"),
        Tag(7, "SETTINGS"),
        Get(8, "46xxsettings.scr"),
        Get(9, "46xxsettings.txt"),
    )


@pytest.mark.parametrize(("model", "software"), [("9608", "S9608_11H323.bin"), ("1608", "S9608_old.bin")])
def test_a_run_stops_at_each_get_and_survives_the_missing_scr(model: str, software: str) -> None:
    phone = Interpreter({"MODEL4": model})
    assert phone.begin(settings.decode(STOCK_UPGRADE)) == "46xxsettings.scr"
    assert phone.missing() == "46xxsettings.txt"
    assert phone.settings == {"APPNAME": software}
    assert phone.begin(settings.decode(b"SET mcipadd 10.1.0.30,10.1.0.31\r\nGET more.txt\r\n")) == "more.txt"
    assert phone.settings["MCIPADD"] == "10.1.0.30,10.1.0.31"
    assert phone.missing() is None
    assert phone.problems == []


def test_a_fetched_file_takes_the_place_of_the_rest() -> None:
    phone = Interpreter({})
    assert phone.begin(settings.decode(b"GET other.txt\nSET L2Q 2\n")) == "other.txt"
    assert phone.begin(settings.decode(b"SET VLANTEST 0\n")) is None
    assert phone.settings == {"VLANTEST": "0"}


def test_older_46xx_phones_stop_at_a_missing_file() -> None:
    phone = Interpreter({}, stops_at_missing=True)
    assert phone.begin(settings.decode(b"GET 46xxsettings.scr\nGET 46xxsettings.txt\n")) == "46xxsettings.scr"
    assert phone.missing() is None


def test_46xx_phones_compare_without_regard_to_case() -> None:
    file = settings.decode(b"IF $GROUP SEQ Lobby GOTO x\nSET A 1\n# x\n")
    strict, lax = Interpreter({"GROUP": "LOBBY"}), Interpreter({"GROUP": "LOBBY"}, exact=False)
    strict.begin(file)
    lax.begin(file)
    assert (strict.settings, lax.settings) == ({"A": "1"}, {})


def test_a_goto_without_its_tag_ends_the_file() -> None:
    phone = Interpreter({})
    assert phone.begin(settings.decode(b"SET A 1\nGOTO NOWHERE\nSET B 2\nGET x\n")) is None
    assert phone.settings == {"A": "1"}


def test_an_if_on_a_name_that_cannot_be_tested_is_ignored_and_told() -> None:
    phone = Interpreter({})
    phone.begin(settings.decode(b"IF $WEATHER SEQ fine GOTO END\nSET A 1\n# END\n"))
    assert phone.settings == {"A": "1"}
    assert phone.problems == [SettingsProblem(1, "IF cannot test $WEATHER")]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("SET", "name and a value"),
        ("SET MCIPADD", "name and a value"),
        ("SET " + "N" * 31 + " 1", "longer than 30"),
        ("SET HTTPSRVR " + "1" * 256, "longer than 255"),
        ("SET GREETING hello there", "double quotes"),
        ('SET GREETING "half', "double quotes"),
        ("IF MODEL SEQ 9608 GOTO x", "form IF"),
        ("IF $MODEL EQ 9608 GOTO x", "form IF"),
        ("GOTO", "one word"),
        ("GET two words", "one word"),
        ("LET A 1", "not a statement"),
        ("\u00e9\u00e8", "not a statement"),
    ],
)
def test_what_a_phone_skips_is_told_with_its_line(line: str, word: str) -> None:
    script = settings.decode(f"SET A 1\n\n{line}\nSET B 2\n".encode())
    assert [statement.line for statement in script.statements] == [1, 4]
    [problem] = script.problems
    assert problem.line == 3
    assert word in problem.what


@pytest.mark.parametrize("comment", ["#", "##  x", "#SET A 1", "#  two blanks", "# two words", "   "])
def test_comments_are_neither_tags_nor_problems(comment: str) -> None:
    assert settings.decode(comment.encode()) == settings.Script(())


def test_a_comment_may_follow_a_statement() -> None:
    script = settings.decode(b'SET L2Q 1 ## tag\nSET B "a b" # c\nGOTO END # done\n')
    assert script.problems == ()
    assert script.statements == (Set(1, "L2Q", "1"), Set(2, "B", "a b"), Goto(3, "END"))


def test_a_circle_of_gotos_stops_and_is_told() -> None:
    phone = Interpreter({})
    assert phone.begin(settings.decode(b"# again\nSET A 1\nGOTO again\n")) is None
    [problem] = phone.problems
    assert "loops" in problem.what


def test_a_file_that_gets_itself_stops_and_is_told() -> None:
    phone, file = Interpreter({}), settings.decode(b"GET self.txt\n")
    gets = 0
    while phone.begin(file) is not None:
        gets += 1
        assert gets < 1000
    assert "files" in phone.problems[-1].what


@pytest.mark.parametrize("data", [b"SET A 1\n\0", b"x" * (settings.MAX_OCTETS + 1)])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError):
        settings.decode(data)


WORDS = st.text(st.characters(codec="ascii", categories=["Lu", "Nd"]), min_size=1, max_size=30)
VALUES = st.text(st.characters(codec="utf-8", exclude_characters='"\r\n\0\ufeff'), max_size=255)
STATEMENTS = st.one_of(
    st.builds(Tag, st.just(0), WORDS),
    st.builds(Set, st.just(0), WORDS, VALUES),
    st.builds(If, st.just(0), WORDS, VALUES, WORDS),
    st.builds(Goto, st.just(0), WORDS),
    st.builds(Get, st.just(0), WORDS),
)


@given(st.lists(STATEMENTS, max_size=8))
def test_what_is_written_is_read_again(statements: list[settings.SettingsStatement]) -> None:
    script = settings.decode(settings.encode(statements))
    assert script.problems == ()
    assert [type(statement) for statement in script.statements] == [type(each) for each in statements]
    assert settings.encode(script.statements) == settings.encode(statements)


@pytest.mark.parametrize("value", ['say "hi"', "two\nlines", "x" * 256])
def test_a_value_that_no_file_can_hold_is_not_written(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        settings.encode([Set(1, "A", value)])


@given(st.binary(max_size=300))
def test_any_octets_give_a_script_or_a_decode_error(data: bytes) -> None:
    try:
        script = settings.decode(data)
    except DecodeError:
        return
    phone = Interpreter({"MODEL": "9608"})
    wanted = phone.begin(script)
    for _ in range(300):
        if wanted is None:
            break
        wanted = phone.missing()
    assert wanted is None


@given(
    st.lists(
        st.sampled_from(["# a", "# b", "GOTO a", "GOTO b", "IF $MODEL SEQ x GOTO a", "SET A 1", "GET f"])
    )
)
def test_every_control_flow_ends(lines: list[str]) -> None:
    phone = Interpreter({"MODEL": "x"})
    wanted = phone.begin(settings.decode("\n".join(lines).encode()))
    gets = 0
    while wanted is not None:
        gets += 1
        assert gets <= 32
        wanted = phone.missing()
