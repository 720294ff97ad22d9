"""A short run of every fuzz target, and what longer runs found.

`PYTHONPATH=tests python -m support.fuzz.run all` runs as long as wanted.
"""

import json
from pathlib import Path
from time import thread_time
from typing import Any

import pytest
from msgspec.structs import replace

from ringfence.capture.reader import Capture
from ringfence.firewalls.cisco_asa import read as cisco_asa_read
from ringfence.firewalls.cisco_ios import read as cisco_ios_read
from ringfence.firewalls.nftables import read as nftables_read
from ringfence.firewalls.recognise import recognise
from ringfence.model.errors import DecodeError, InputError
from ringfence.model.site_file import parse
from ringfence.wire import h225, ras, settings
from ringfence.wire.ethernet import decode_ethernet
from support.actors.gatekeeper_phone import GATEKEEPER, PLAIN_CONFIG, Phone, keeper
from support.captures.capture_files import pcap
from support.fuzz.run import fuzz
from support.fuzz.subject import Target
from support.fuzz.targets import TARGETS

# Inputs by how long one takes: a reader of configurations is not a decoder.
_FEW = {"capture": 25, "site-file": 40, "settings": 60, "nftables": 150}
_CONFIGURATIONS = 20
_USUAL = 300


def _inputs(target: Target) -> int:
    return _FEW.get(target.name, _CONFIGURATIONS if target.most_ms == 3000.0 else _USUAL)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_breaks(target: Target) -> None:
    result = fuzz(target, inputs=_inputs(target), seed=2, seconds=10.0)
    # Time is judged by long runs: a test machine may be busy.
    assert result.exceptions == 0, "\n\n".join(result.crashes)
    assert result.inputs == _inputs(target)


@pytest.mark.parametrize("text", ["[" * 99_000, "{" * 99_000, "a: " + "[" * 5000, "- " * 40_000])
def test_a_deeply_nested_site_file_is_refused_at_once(text: str) -> None:
    """PyYAML took 89 s for the first."""
    started = thread_time()
    with pytest.raises(InputError, match=r"nesting depth|nested too deeply"):
        parse(text)
    assert thread_time() - started < 2


@pytest.mark.parametrize("start", ["\n", "\n ", "\n\t"])
def test_blank_lines_do_not_keep_the_recogniser_busy(start: str) -> None:
    """Patterns that ran on from each line to the end took minutes."""
    started = thread_time()
    assert recognise(start * 40_000 + "x") is None
    assert thread_time() - started < 1


def test_a_file_that_is_no_settings_file_is_refused_early() -> None:
    """A Problem was kept for every line: 300 MiB for 4 MB of another language."""
    with pytest.raises(DecodeError, match="not a settings file"):
        settings.decode(b"x\n" * 100_000)


def test_an_if_in_a_circle_complains_a_thousand_times_at_most() -> None:
    script = settings.decode(b"# A\nIF $NONE SEQ 1 GOTO A\nGOTO A\n")
    interpreter = settings.Interpreter({})
    for _ in range(3):
        assert interpreter.begin(script) is None
    assert len(interpreter.problems) == settings.MAX_PROBLEMS


KEY = {"family": "inet", "table": "t"}
CHAIN = {**KEY, "name": "c", "type": "filter", "hook": "forward", "prio": 0, "policy": "drop"}


def listing(*items: dict[str, Any]) -> dict[str, Any]:
    return {"nftables": [{"chain": CHAIN}, *items]}


@pytest.mark.parametrize(
    "item",
    [
        {"set": []},
        {"set": {**KEY, "name": "s", "type": "ipv4_addr", "flags": 1}},
        {"set": {**KEY, "name": 1, "type": "ipv4_addr"}},
        {"chain": {**CHAIN, "name": -1}},
        {"chain": {**CHAIN, "hook": []}},
        {"rule": {**KEY, "chain": None}},
        {"rule": {**KEY, "chain": "c", "comment": {}}},
        {"rule": "x"},
        {"rule": {**KEY, "chain": "c", "handle": 7, "expr": [None, {"accept": None}]}},
        {"rule": {**KEY, "chain": "c", "handle": 7, "expr": [{}, {"accept": None}]}},
    ],
    ids=json.dumps,
)
def test_a_listing_of_another_form_is_refused(item: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="nft listing"):
        nftables_read.read(listing(item))


@pytest.mark.parametrize(
    "expression",
    [
        {"jump": None},
        {"match": []},
        {"match": {"op": "==", "left": None, "right": 1}},
        {"match": {"op": "==", "left": {"meta": []}, "right": 1}},
        {
            "match": {
                "op": "==",
                "left": {"payload": {"protocol": "udp", "field": "dport"}},
                "right": {"range": [1]},
            }
        },
        {"match": {"op": [], "left": {"ct": {"key": "state"}}, "right": "new"}},
    ],
    ids=json.dumps,
)
def test_a_rule_of_another_form_is_unread(expression: object) -> None:
    """And so nothing is proved of the whole."""
    rule = {"rule": {**KEY, "chain": "c", "handle": 7, "expr": [expression, {"accept": None}]}}
    found = nftables_read.read(listing(rule))
    assert [unread.place for unread in found.unread] == ["inet t c handle 7"]
    assert found.chains[0].rows == ()


def test_jumps_that_multiply_end_the_reading() -> None:
    """Three in each of six chains, to one of 200 rules that decide: read 146,000 times."""
    chains = [{"chain": {**KEY, "name": f"c{number}"}} for number in range(6)]
    jumps = [
        {
            "rule": {
                **KEY,
                "chain": f"c{number - 1}" if number else "c",
                "expr": [{"jump": {"target": f"c{number}"}}],
            }
        }
        for number in range(6)
        for _ in range(3)
    ]
    port = {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 9}}
    deciding = [{"rule": {**KEY, "chain": "c5", "expr": [port, {"accept": None}]}}] * 200
    with pytest.raises(InputError, match="jumps multiply"):
        nftables_read.read(listing(*chains, *jumps, *deciding))


@pytest.mark.parametrize(
    "line",
    [
        "access-list ² permit 10.1.0.0 0.0.0.255",
        "ip nat translation udp-timeout ²",
        "ip route 10.0.0.0 255.0.0.0 10.1.1.1 ²",
    ],
)
def test_a_superscript_is_no_number_to_ios(line: str) -> None:
    cisco_ios_read.read(f"version 15.1\ninterface Vlan10\n ip address 10.1.0.1 255.255.255.0\n!\n{line}\n")


@pytest.mark.parametrize("line", [" security-level ²", "route outside 0.0.0.0 0.0.0.0 198.51.100.1 ²"])
def test_a_superscript_is_no_number_to_an_asa(line: str) -> None:
    cisco_asa_read.read(f"ASA Version 9.16\ninterface g0\n nameif outside\n{line}\n")


@pytest.mark.parametrize("kept", [0, 1, 13, 14, 17])
def test_a_frame_that_is_cut_before_its_type_is_passed_over(tmp_path: Path, kept: int) -> None:
    """What was looked at lay in the record behind it, or behind the end of the file."""
    frame = (bytes(12) + b"\x81\x00\x00\x14" * 2)[:kept]
    path = tmp_path / "a.pcap"
    for count in range(1, 18):
        path.write_bytes(pcap([(float(second), frame) for second in range(count)]))
        read = Capture(path)
        assert list(read) == []
        assert read.summary.frames == count


def test_a_gatekeeper_answers_no_request_of_tens_of_kilobytes() -> None:
    """What it remembers of each of many addresses would be gigabytes."""
    machine = keeper(PLAIN_CONFIG)
    phone = Phone(machine, dialect=PLAIN_CONFIG.dialect)
    grq = ras.decode(phone.channel.discover(GATEKEEPER, 0.0).octets)
    assert isinstance(grq, h225.GatekeeperRequest)
    long = h225.NonStandardParameter(nonStandardIdentifier=("object", (1, 2, 3)), data=bytes(9000))
    assert phone.send(ras.encode(replace(grq, nonStandardData=long)), 0.0) == []
    assert phone.findings == ["RAS_NOT_UNDERSTOOD"]
    assert phone.send(ras.encode(grq), 0.0) != []


def test_a_frame_of_nothing_but_vlan_tags_is_read_in_linear_time() -> None:
    """A capture may hold frames of 256 KB; each took seconds."""
    started = thread_time()
    found = decode_ethernet(bytes(12) + b"\x81\x00\x00\x14" * 65_000 + b"\x08\x00")
    assert len(found.tags) == 65_000
    assert thread_time() - started < 1
