"""What passes when: timed tables of packets, and a slow model that the filter must agree with."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.packet import ECHO_REQUEST, Packet, Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.policy.filter import FilterVerdict, StatefulFilter, Timers
from ringfence.wire.frame import datagram_of
from ringfence.wire.icmp import quoting
from support.firewalls.filter_tables import ANYWHERE, FORWARD, HANDSETS, POLICY, RCF, RRQ, TABLES, Row, packet


def run(rows: Iterable[Row], policy: Policy = POLICY, timers: Timers | None = None) -> None:
    judge = StatefulFilter(policy, timers)
    rows = tuple(rows)
    seen = []
    for row in rows:
        verdict = judge.permits(packet(row.packet), row.at)
        seen.append(row._replace(by=verdict.by if verdict.permitted else f"-{verdict.by}"))
    assert tuple(seen) == rows


@pytest.mark.parametrize("rows", TABLES.values(), ids=TABLES)
def test_table(rows: tuple[Row, ...]) -> None:
    run(rows)


def test_timers_are_parameters() -> None:
    run([Row(0, RRQ, "ras"), Row(6, RCF, "-default")], timers=Timers(udp=5))


def test_unicast_answer_does_not_match_a_multicast_request() -> None:
    run(
        [
            Row(0, "udp 10.20.0.50:49300 > 224.0.1.41:1718", "discovery"),
            Row(0, "udp 10.30.0.10:1718 > 10.20.0.50:49300", "-default"),
            Row(0, "udp 10.30.0.10:1719 > 10.20.0.50:49300", "-default"),
        ]
    )


def error(about: Packet, source: str = "10.30.0.1") -> Packet:
    body = quoting(datagram_of(about))
    return Packet(Protocol.ICMP, IPv4Address(source), 3, about.source, 1, payload=body)


def test_icmp_error_needs_both_a_connection_and_a_rule() -> None:
    back = Rule("errors", ANYWHERE, HANDSETS, Protocol.ICMP, icmp_type=3)
    judge = StatefulFilter(Policy("with errors", (*POLICY.rules, back)))
    assert judge.permits(error(packet(RRQ)), 0) == FilterVerdict(False, "invalid")
    judge.permits(packet(RRQ), 1)
    assert judge.permits(error(packet(RRQ)), 2) == FilterVerdict(True, "errors")
    assert StatefulFilter(POLICY).permits(error(packet(RRQ)), 2).permitted is False
    elsewhere = Packet(Protocol.ICMP, IPv4Address("10.30.0.1"), 3, IPv4Address("10.20.0.51"), 1)
    assert judge.permits(elsewhere, 2) == FilterVerdict(False, "invalid")


def test_icmp_error_without_its_rule_is_dropped() -> None:
    judge = StatefulFilter(POLICY)
    judge.permits(packet(RRQ), 0)
    assert judge.permits(error(packet(RRQ)), 0) == FilterVerdict(False, "default")


def test_stateless_policy_judges_every_packet_alone() -> None:
    stateless = Policy("stateless", POLICY.rules, stateful=False)
    run([Row(0, RRQ, "ras"), Row(0, RCF, "-default"), Row(0, FORWARD + "A", "signalling")], stateless)


def test_new_policy_leaves_old_connections_until_they_are_flushed() -> None:
    judge = StatefulFilter(POLICY)
    judge.permits(packet(RRQ), 0)
    judge.permits(packet(RCF), 0)
    judge.load(POLICY.without("ras"))
    assert judge.permits(packet(RRQ), 1) == FilterVerdict(True, "established")
    judge.flush()
    assert judge.permits(packet(RRQ), 1) == FilterVerdict(False, "default")


def test_counts_and_the_first_drops_are_kept() -> None:
    judge = StatefulFilter(POLICY, keep=2)
    for number in range(5):
        judge.permits(packet(f"udp 10.20.0.50:{number} > 10.30.0.10:9"), number)
    judge.permits(packet(RRQ), 5)
    judge.permits(packet(RCF), 5)
    assert judge.counters == {"default": 5, "ras": 1, "established": 1}
    assert judge.drops == 5
    assert [(drop.time, drop.packet.source_port, drop.by) for drop in judge.dropped] == [
        (0, 0, "default"),
        (1, 1, "default"),
    ]


def test_full_table_opens_nothing_until_states_have_aged() -> None:
    judge = StatefulFilter(POLICY, room=2)
    verdicts = [
        judge.permits(packet(f"udp 10.20.0.{host}:49300 > 10.30.0.10:1719"), time)
        for time, host in ((0, 1), (0, 2), (1, 3), (31, 3))
    ]
    assert [verdict.by for verdict in verdicts] == ["ras", "ras", "table-full", "ras"]
    assert judge.tracked(31) == 1


def test_families_do_not_mix() -> None:
    everything = Rule("all-v6", (IPv6Network("::/0"),), (IPv6Network("::/0"),), Protocol.UDP)
    judge = StatefulFilter(Policy("v6", (everything,)))
    four = packet("udp 0.0.0.1:1 > 0.0.0.2:2")
    six = Packet(Protocol.UDP, IPv6Address(1), 1, IPv6Address(2), 2)
    answer_in_four = packet("udp 0.0.0.2:2 > 0.0.0.1:1")
    assert judge.permits(four, 0) == FilterVerdict(False, "default")
    assert judge.permits(six, 0) == FilterVerdict(True, "all-v6")
    assert judge.permits(answer_in_four, 0) == FilterVerdict(False, "default")


@pytest.mark.parametrize("icmp_type", [ECHO_REQUEST, 3, 13])
def test_cut_icmp_is_dropped_and_does_not_raise(icmp_type: int) -> None:
    cut = Packet(Protocol.ICMP, IPv4Address("10.20.0.50"), icmp_type, IPv4Address("10.30.0.10"), 0)
    assert StatefulFilter(POLICY).permits(cut, 0) == FilterVerdict(False, "invalid")


class Model:
    """UDP states as a list of what was said, searched from the start each time."""

    def __init__(self) -> None:
        self.said: list[tuple[float, int, int, bool]] = []  # time, from, to, passed

    def permits(self, source: int, destination: int, now: float) -> bool:
        passed = self._replies(source, destination, now) or source < destination  # the rule: upwards only
        self.said.append((now, source, destination, passed))
        return passed

    def _replies(self, source: int, destination: int, now: float) -> bool:
        born = expires = -1.0
        opener, answered = 0, False
        for time, speaker, other, passed in self.said:
            if not passed or {speaker, other} != {source, destination}:
                continue
            if time >= expires:
                born, opener, answered = time, speaker, False
            stream = answered and time - born > 2
            answered = answered or speaker != opener
            expires = time + (120 if stream else 30)
        return now < expires and (answered or source != opener)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.5, 3.0, 29.0, 30.0, 31.0, 119.0, 120.0]), st.permutations([1, 2, 3])
        ),
        max_size=30,
    )
)
def test_udp_agrees_with_the_model(steps: list[tuple[float, list[int]]]) -> None:
    def one(host: int) -> IPv4Address:
        return IPv4Address(f"10.0.0.{host}")

    rules = tuple(
        Rule(f"{low}-{high}", (ip_network(one(low)),), (ip_network(one(high)),), Protocol.UDP)
        for low, high in ((1, 2), (1, 3), (2, 3))
    )
    judge, model, now = StatefulFilter(Policy("upwards", rules)), Model(), 0.0
    for pause, (source, destination, _) in steps:
        now += pause
        spoken = Packet(Protocol.UDP, one(source), 5, one(destination), 5)
        assert judge.permits(spoken, now).permitted == model.permits(source, destination, now)
