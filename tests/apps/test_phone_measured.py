"""Ramps, percentiles, and the line for a monitoring system."""

from ipaddress import IPv4Address
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.actors.endpoint.machine import Endpoint
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.apps.cli.phoning.line import Phone, nth_extension
from ringfence.apps.cli.phoning.monitoring import CheckStatus, check_line, check_result
from ringfence.apps.cli.phoning.ramp import starts
from ringfence.apps.report.phones import percentiles, phones_report
from ringfence.model.address import transport
from ringfence.model.stage import Stage

counts = st.integers(1, 300)
seconds = st.floats(0.01, 1e4)


@given(count=counts, rate=st.floats(0.01, 1e4), ramp=st.floats(0, 1e3))
def test_a_ramp_begins_at_once_ends_at_its_rate_and_never_exceeds_it(
    count: int, rate: float, ramp: float
) -> None:
    at = starts(count, rate, ramp)
    assert len(at) == count
    assert at[0] == 0.0
    assert at == sorted(at)
    if ramp < 0.1 / rate:
        gaps = [later - earlier for earlier, later in pairwise(at)]
        assert all(gap == pytest.approx(1 / rate, rel=0.3) for gap in gaps)
    # By then half of what the full rate would have given, one handset more or less.
    assert abs(sum(each < ramp for each in at) - min(count, rate * ramp / 2)) <= 1 + 1e-6 * count


def test_without_a_rate_all_are_switched_on_together() -> None:
    assert starts(3, None, 0.0) == [0.0, 0.0, 0.0]


@given(st.lists(seconds, min_size=1))
def test_a_percentile_is_a_measured_value_that_so_many_are_not_above(values: list[float]) -> None:
    values.sort()
    for percentile, value in percentiles(values).items():
        assert value in values
        assert sum(each <= value for each in values) * 100 >= percentile * len(values)
        assert sum(each < value for each in values) * 100 < percentile * len(values) or value == values[0]


def test_a_report_counts_who_reached_what_and_why_not() -> None:
    times = [{Stage.ADDRESS: 1.0, Stage.REGISTER: 2.0}, {Stage.ADDRESS: 3.0}]
    report = phones_report(times, ["", "no answer"], 4.0)
    assert (report.count, report.good, report.rate) == (2, 1, 0.25)
    assert [(each.stage, each.reached, each.seconds[100]) for each in report.stages] == [
        (Stage.ADDRESS, 2, 3.0),
        (Stage.REGISTER, 1, 2.0),
    ]
    assert report.troubles == {"no answer": 1}


def phone(*, registered: bool = True, after: float = 0.5, failed: str = "") -> Phone:
    config = RasClientConfig(IPv4Address("10.2.0.21"), (transport("10.1.0.30", 1719),), "2001")
    machine = Endpoint(config, Random(1))
    made = Phone("2001", "2001", machine, machine, IPv4Address("10.2.0.21"), registered=registered)
    made.times[Stage.REGISTER] = after
    if failed:
        made.failed[Stage.REGISTER] = failed
    return made


@pytest.mark.parametrize(
    ("line", "warning", "critical", "status"),
    [
        ([phone()], None, None, CheckStatus.OK),
        ([phone()], 0.4, 5.0, CheckStatus.WARNING),
        ([phone()], 0.1, 0.4, CheckStatus.CRITICAL),
        ([phone()], None, 0.4, CheckStatus.CRITICAL),
        ([phone(), phone(registered=False)], None, None, CheckStatus.CRITICAL),
        ([phone(failed="refused")], 9.0, 9.0, CheckStatus.CRITICAL),
    ],
)
def test_a_check_is_as_bad_as_its_worst_handset(
    line: list[Phone], warning: float | None, critical: float | None, status: CheckStatus
) -> None:
    found, said = check_result(line, warning=warning, critical=critical)
    assert found is status
    assert said.startswith(f"REGISTRATION {status.name} - ")
    words, _, figures = said.partition(" | ")
    assert "|" not in words + figures
    assert figures.startswith("register=0.500s;")
    assert figures.endswith(f"registered={sum(each.good for each in line)};;;0;{len(line)}")


@given(st.text())
def test_a_check_is_one_line_whatever_a_peer_says(words: str) -> None:
    said = check_line(CheckStatus.UNKNOWN, words, "register=1s")
    assert said.count(" | ") == said.count("|") == 1
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("first", "number", "name"),
    [("0099", 1, "0100"), ("9", 1, "10"), ("desk", 0, "desk"), ("desk", 2, "desk-3")],
)
def test_extensions_count_up_and_keep_their_zeros(first: str, number: int, name: str) -> None:
    assert nth_extension(first, number) == name
