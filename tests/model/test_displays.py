"""Words of phones and call servers: found however they were read off, each with its stage and source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.displays.capture_filter import capture_filter
from ringfence.model.displays.denied_events import EVENTS
from ringfence.model.displays.lookup import DISPLAYS, meant_by
from ringfence.model.flow import Evidence
from ringfence.model.registration import flows
from ringfence.model.stage import Stage
from support.example_sites import example


@pytest.mark.parametrize(
    ("read", "words"),
    [
        ("Discover 10.1.0.30", "Discover"),
        ("DISCOVERING", "Discover"),
        ("DHCP: 45 secs", "DHCP: n secs"),
        ("DHCP: 45 secs   * to program", "DHCP: n secs"),
        ("dhcp: conflict", "DHCP: CONFLICT"),
        ("VLAN ID = 20", "VLAN ID = n"),
        ("HTTP:1 404 etag", "HTTP: n sc etag"),
        ("Bad Router?", "Bad Router"),
        ("acquiring service...", "Acquiring service"),
        ("Link Recovery", "Wait for Link Recovery"),
        ("Undefined Error (0x1f)", "Undefined Error"),
        ("the phone says Extension in use", "Extension in Use"),
        ("subnet", "Subnet conflict"),
    ],
)
def test_words_are_found_as_they_were_read(read: str, words: str) -> None:
    assert [display.words for display in meant_by(read).displays] == [words]


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: display.words)
def test_every_spelling_leads_to_its_row(display: object) -> None:
    for row in DISPLAYS:
        if row is display:
            for spelling in (row.words, *row.also):
                assert row in meant_by(spelling).displays, spelling


def test_a_spelling_is_one_rows() -> None:
    spelled = [spelling.casefold() for row in DISPLAYS for spelling in (row.words, *row.also)]
    assert len(spelled) == len(set(spelled))


def test_every_event_is_found_by_each_of_its_numbers() -> None:
    numbers = [number for event in EVENTS for number in event.numbers]
    assert len(numbers) == len(set(numbers))
    for event in EVENTS:
        for number in event.numbers:
            assert meant_by(f"event {number}").events == (event,)
    assert not meant_by("1900")


def test_the_words_an_event_names_are_displays() -> None:
    known = {display.words for display in DISPLAYS}
    assert {words for event in EVENTS for words in event.displays} <= known


def test_what_no_page_says_is_marked_so() -> None:
    unsourced = {display.words for display in DISPLAYS if display.basis.kind is Evidence.ASSUMED}
    assert {"Acquiring service", "Wait for Link Recovery"} <= unsourced
    assert not unsourced & {"Discover", "Extension in Use", "Packet Error", "Bad Router"}


def test_findings_of_a_display_belong_to_its_stage_first() -> None:
    """The likeliest cause is one of the stage that the phone stands at, or of none."""
    for display in DISPLAYS:
        if display.stage and display.codes:
            assert display.codes[0].stage in {display.stage, None, Stage.REGISTER, Stage.ADDRESS}, (
                display.words
            )


@given(st.text(max_size=80))
def test_any_text_is_looked_up(said: str) -> None:
    meant = meant_by(said)
    assert set(meant.displays) <= set(DISPLAYS)
    assert set(meant.events) <= set(EVENTS)


def test_a_filter_names_the_ports_of_the_site() -> None:
    found = flows(example("branch"))
    assert capture_filter(found, Stage.DISCOVER) == "udp port 1719 or (vlan and (udp port 1719))"
    assert capture_filter(found, Stage.ECHO) == "icmp or (vlan and (icmp))"
    assert capture_filter(found, Stage.MEDIA) == ""
    talking = flows(example("with-media"))
    assert capture_filter(talking, Stage.MEDIA).startswith("udp portrange 2048-3329")
