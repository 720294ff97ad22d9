"""What passes when: timed tables of packets, and a slow model that the filter must agree with."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.address import PortRange, port
from ringfence.model.packet import ECHO_REPLY, ECHO_REQUEST, Packet, Protocol, TcpFlags
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.filter import StatefulFilter, Timers, Verdict
from ringfence.wire.frame import datagram_of
from ringfence.wire.icmp import Echo, encode_echo, quoting

HANDSETS = (ip_network("10.20.0.0/24"),)
GATEKEEPER = (ip_network("10.30.0.10/32"),)
ANYWHERE = (ip_network("0.0.0.0/0"),)
DISCOVERY = (ip_network("224.0.1.41/32"),)

POLICY = Policy(
    "branch",
    (
        Rule("no-spy", (ip_network("10.20.0.66/32"),), ANYWHERE, Protocol.UDP, action=Action.DENY),
        Rule("ras", HANDSETS, GATEKEEPER, Protocol.UDP, PortRange(49300, 49309), port(1719)),
        Rule("discovery", HANDSETS, DISCOVERY, Protocol.UDP, destination_ports=port(1718)),
        Rule("signalling", GATEKEEPER, HANDSETS, Protocol.TCP, PortRange(61440, 61444), port(1720)),
        Rule("echo", HANDSETS, GATEKEEPER, Protocol.ICMP, icmp_type=ECHO_REQUEST),
    ),
)
FLAGS = {"S": TcpFlags.SYN, "A": TcpFlags.ACK, "F": TcpFlags.FIN, "R": TcpFlags.RST, "P": TcpFlags.PSH}


def packet(text: str) -> Packet:
    """`udp 10.20.0.50:49300 > 10.30.0.10:1719`, `tcp ... SA`, `echo 10.20.0.50 > 10.30.0.10 7`."""
    kind, source, _, destination, *rest = text.split()
    if kind in {"echo", "reply"}:
        icmp_type = ECHO_REQUEST if kind == "echo" else ECHO_REPLY
        body = encode_echo(Echo(int(rest[0]), 1))
        return Packet(
            Protocol.ICMP, IPv4Address(source), icmp_type, IPv4Address(destination), 0, payload=body
        )
    flags = TcpFlags(0)
    for letter in rest[0] if rest else "":
        flags |= FLAGS[letter]
    (source, source_port), (destination, destination_port) = source.split(":"), destination.split(":")
    return Packet(
        Protocol[kind.upper()],
        IPv4Address(source),
        int(source_port),
        IPv4Address(destination),
        int(destination_port),
        flags,
    )


def run(
    table: Iterable[tuple[float, str, str]], policy: Policy = POLICY, timers: Timers | None = None
) -> None:
    """Each row: time, packet, what decides it; `-` before that word: it is dropped."""
    judge = StatefulFilter(policy, timers)
    rows = list(table)
    seen = []
    for time, text, _ in rows:
        verdict = judge.permits(packet(text), time)
        seen.append((time, text, verdict.by if verdict.permitted else f"-{verdict.by}"))
    assert seen == rows


RRQ = "udp 10.20.0.50:49300 > 10.30.0.10:1719"
RCF = "udp 10.30.0.10:1719 > 10.20.0.50:49300"


def test_first_match_wins_and_the_rest_is_denied() -> None:
    run(
        [
            (0, RRQ, "ras"),
            (0, "udp 10.20.0.66:49300 > 10.30.0.10:1719", "-no-spy"),
            (0, "udp 10.20.0.50:49310 > 10.30.0.10:1719", "-default"),
            (0, "udp 10.20.0.50:49300 > 10.30.0.11:1719", "-default"),
            (0, "udp 10.20.1.50:49300 > 10.30.0.10:1719", "-default"),
            (0, "tcp 10.20.0.50:49300 > 10.30.0.10:1719 S", "-default"),
        ]
    )


def test_unanswered_udp_lives_thirty_seconds() -> None:
    run([(0, RRQ, "ras"), (29.9, RCF, "established")])
    run([(0, RRQ, "ras"), (30, RCF, "-default")])


def test_unanswered_udp_is_judged_by_the_rules_again() -> None:
    run([(0, RRQ, "ras"), (10, RRQ, "ras"), (39, RCF, "established"), (40, RRQ, "established")])


def test_one_exchange_is_no_stream() -> None:
    run([(0, RRQ, "ras"), (0.1, RCF, "established"), (30.2, RCF, "-default")])


def test_udp_that_still_speaks_after_two_seconds_is_a_stream() -> None:
    run([(0, RRQ, "ras"), (0.1, RCF, "established"), (5, RRQ, "established"), (124.9, RCF, "established")])
    run([(0, RRQ, "ras"), (0.1, RCF, "established"), (5, RRQ, "established"), (125, RCF, "-default")])


def test_timers_are_parameters() -> None:
    run([(0, RRQ, "ras"), (6, RCF, "-default")], timers=Timers(udp=5))


def test_unicast_answer_does_not_match_a_multicast_request() -> None:
    run(
        [
            (0, "udp 10.20.0.50:49300 > 224.0.1.41:1718", "discovery"),
            (0, "udp 10.30.0.10:1718 > 10.20.0.50:49300", "-default"),
            (0, "udp 10.30.0.10:1719 > 10.20.0.50:49300", "-default"),
        ]
    )


SYN = "tcp 10.30.0.10:61440 > 10.20.0.50:1720 S"
SYN_ACK = "tcp 10.20.0.50:1720 > 10.30.0.10:61440 SA"
FORWARD = "tcp 10.30.0.10:61440 > 10.20.0.50:1720 "
BACK = "tcp 10.20.0.50:1720 > 10.30.0.10:61440 "


def test_tcp_opens_with_syn_and_lives_five_days() -> None:
    opened = [(0, SYN, "signalling"), (0, SYN_ACK, "established"), (0, FORWARD + "A", "established")]
    run([*opened, (431999, BACK + "PA", "established"), (863998, FORWARD + "PA", "established")])
    run([*opened, (432000, BACK + "PA", "-invalid")])


def test_tcp_without_state_is_invalid_even_where_a_rule_permits_its_ports() -> None:
    run([(0, FORWARD + "A", "-invalid"), (0, FORWARD + "SA", "-invalid"), (0, FORWARD + "R", "-invalid")])


def test_half_open_tcp_is_short_lived() -> None:
    run([(0, SYN, "signalling"), (119, SYN_ACK, "established"), (180, FORWARD + "A", "-invalid")])
    run([(0, SYN, "signalling"), (120, SYN_ACK, "-invalid")])


def test_repeated_syn_is_judged_by_the_rules_again() -> None:
    run([(0, SYN, "signalling"), (1, SYN, "signalling"), (3, SYN, "signalling")])


def test_data_before_the_handshake_is_invalid() -> None:
    run([(0, SYN, "signalling"), (0, FORWARD + "PA", "-invalid")])


def test_refused_tcp_may_be_tried_again() -> None:
    run(
        [
            (0, SYN, "signalling"),
            (0, BACK + "RA", "established"),
            (5, SYN, "signalling"),
            (16, BACK + "A", "established"),
        ]
    )


def test_reset_connection_is_gone_after_ten_seconds() -> None:
    opened = [(0, SYN, "signalling"), (0, SYN_ACK, "established"), (0, FORWARD + "A", "established")]
    run(
        [
            *opened,
            (1, BACK + "R", "established"),
            (10, FORWARD + "PA", "established"),
            (20, BACK + "A", "-invalid"),
        ]
    )


def test_closed_connection_waits_and_reopens_by_rule_only() -> None:
    closed = [
        (0, SYN, "signalling"),
        (0, SYN_ACK, "established"),
        (0, FORWARD + "A", "established"),
        (1, FORWARD + "FA", "established"),
        (1, BACK + "FA", "established"),
        (1, FORWARD + "A", "established"),
    ]
    run([*closed, (120, BACK + "A", "established")])
    run([*closed, (121, BACK + "A", "-invalid")])
    run([*closed, (2, SYN, "signalling")])
    run([*closed, (2, BACK + "S", "-default")])


def test_half_closed_connection_keeps_its_state_for_two_minutes() -> None:
    opened = [(0, SYN, "signalling"), (0, SYN_ACK, "established"), (0, FORWARD + "A", "established")]
    run([*opened, (1, FORWARD + "FA", "established"), (121, BACK + "A", "-invalid")])


def test_echo_by_identifier() -> None:
    run(
        [
            (0, "echo 10.20.0.50 > 10.30.0.10 7", "echo"),
            (1, "reply 10.30.0.10 > 10.20.0.50 8", "-invalid"),
            (1, "reply 10.30.0.10 > 10.20.0.50 7", "established"),
            (2, "echo 10.30.0.10 > 10.20.0.50 7", "-default"),
            (31, "reply 10.30.0.10 > 10.20.0.50 7", "-invalid"),
        ]
    )


def error(about: Packet, source: str = "10.30.0.1") -> Packet:
    body = quoting(datagram_of(about))
    return Packet(Protocol.ICMP, IPv4Address(source), 3, about.source, 1, payload=body)


def test_icmp_error_needs_both_a_connection_and_a_rule() -> None:
    back = Rule("errors", ANYWHERE, HANDSETS, Protocol.ICMP, icmp_type=3)
    judge = StatefulFilter(Policy("with errors", (*POLICY.rules, back)))
    assert judge.permits(error(packet(RRQ)), 0) == Verdict(False, "invalid")
    judge.permits(packet(RRQ), 1)
    assert judge.permits(error(packet(RRQ)), 2) == Verdict(True, "errors")
    assert StatefulFilter(POLICY).permits(error(packet(RRQ)), 2).permitted is False
    elsewhere = Packet(Protocol.ICMP, IPv4Address("10.30.0.1"), 3, IPv4Address("10.20.0.51"), 1)
    assert judge.permits(elsewhere, 2) == Verdict(False, "invalid")


def test_icmp_error_without_its_rule_is_dropped() -> None:
    judge = StatefulFilter(POLICY)
    judge.permits(packet(RRQ), 0)
    assert judge.permits(error(packet(RRQ)), 0) == Verdict(False, "default")


def test_stateless_policy_judges_every_packet_alone() -> None:
    stateless = Policy("stateless", POLICY.rules, stateful=False)
    run([(0, RRQ, "ras"), (0, RCF, "-default"), (0, FORWARD + "A", "signalling")], stateless)


def test_new_policy_leaves_old_connections_until_they_are_flushed() -> None:
    judge = StatefulFilter(POLICY)
    judge.permits(packet(RRQ), 0)
    judge.permits(packet(RCF), 0)
    judge.load(POLICY.without("ras"))
    assert judge.permits(packet(RRQ), 1) == Verdict(True, "established")
    judge.flush()
    assert judge.permits(packet(RRQ), 1) == Verdict(False, "default")


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
    assert judge.permits(four, 0) == Verdict(False, "default")
    assert judge.permits(six, 0) == Verdict(True, "all-v6")
    assert judge.permits(answer_in_four, 0) == Verdict(False, "default")


@pytest.mark.parametrize("icmp_type", [ECHO_REQUEST, 3, 13])
def test_cut_icmp_is_dropped_and_does_not_raise(icmp_type: int) -> None:
    cut = Packet(Protocol.ICMP, IPv4Address("10.20.0.50"), icmp_type, IPv4Address("10.30.0.10"), 0)
    assert StatefulFilter(POLICY).permits(cut, 0) == Verdict(False, "invalid")


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
