"""Restarts, restart loops, and what is neither: going back and forth between VLANs."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from ringfence.capture.frame import Tap
from ringfence.diagnosis.timeline import HandsetTimeline, HandsetVerdict
from ringfence.wire import ras
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.h225.ras_discovery import GatekeeperConfirm
from support.captures.judged import FIELD, timelines_of
from support.captures.recorded_site import (
    DATA_GIADDR,
    DHCP,
    FIRST,
    GATEKEEPER,
    H225_V2,
    HANDSET,
    SETTINGS,
    UPLINK,
    VOICE_GIADDR,
    Run,
    address,
    ask,
    dhcp_message,
    fetch,
    gcf,
    grq,
    lease,
    rcf,
    release,
    rrj,
    rrq,
    signal,
    udp,
)

AWAY = "L2Q=1,L2QVLAN=10,MCIPADD=10.1.0.30"  # the voice VLAN's own scope names the data VLAN


def leased(run: Run, number: int, *, voice: str = "") -> None:
    lease(run, DATA_GIADDR, FIRST, 10 * number + 1)
    release(run)
    run.wait(1)
    if voice:
        lease(run, VOICE_GIADDR, HANDSET, 10 * number + 2, settings=voice)
    else:
        lease(run, VOICE_GIADDR, HANDSET, 10 * number + 2)


def whole(run: Run, number: int = 1) -> None:
    leased(run, number)
    fetch(run)
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rcf(11))
    signal(run)
    run.wait(90)


def until_gcf(run: Run, number: int = 1) -> None:
    leased(run, number)
    fetch(run)
    ask(run, grq(10), gcf(10))
    run.wait(20)


def until_rcf(run: Run, number: int = 1) -> None:
    until_gcf(run, number)
    ask(run, rrq(11), rcf(11))
    run.wait(20)


def found(run: Run, tap: Tap = Tap.SERVERS, seconds: float = 0.0) -> HandsetTimeline:
    frames = [frame for frame in run.frames if frame.tap == tap]
    (handset,) = timelines_of(frames, replace(FIELD, end=run.now + seconds))
    return handset


def codes(handset: HandsetTimeline) -> set[str]:
    return {str(each.code) for each in handset.findings}


def boots(*each: Callable[[Run, int], None]) -> HandsetTimeline:
    run = Run()
    for number, boot in enumerate(each, 1):
        run.initial += 100_000
        run.sequence.clear()
        boot(run, number)
    return found(run)


def test_a_restart_is_told_and_is_no_vlan_loop() -> None:
    handset = boots(whole, whole, whole)
    assert handset.verdict is HandsetVerdict.REGISTERED
    (finding,) = handset.findings
    assert finding.code == "HANDSET_RESTARTED"
    assert finding.sentence.startswith("restarted twice (91 s, 182 s after the first packet)")
    assert finding.sentence.endswith("each boot reached call-signalling channel")


def test_how_far_each_boot_came_is_told() -> None:
    handset = boots(until_gcf, whole)
    assert (
        "the boots reached gatekeeper discovery, then call-signalling channel" in handset.findings[0].sentence
    )
    assert handset.verdict is HandsetVerdict.REGISTERED
    assert codes(handset) == {"HANDSET_RESTARTED"}


def test_a_registration_before_the_last_restart_is_not_called_registered() -> None:
    handset = boots(whole, leased)
    assert handset.verdict is HandsetVerdict.UNDECIDED
    assert "it restarted after that" in handset.sentence


def rejected(run: Run, number: int) -> None:
    leased(run, number)
    ask(run, grq(10), gcf(10))
    ask(run, rrq(11), rrj(11, "duplicateAlias"))


def test_the_last_boot_that_decides_is_shown() -> None:
    assert boots(whole, rejected).verdict is HandsetVerdict.REJECTED
    handset = boots(rejected, leased)
    assert handset.verdict is HandsetVerdict.REJECTED
    assert "RRQ_REJECTED" in codes(handset)


@pytest.mark.parametrize(("boot", "after"), [(until_gcf, "GCF"), (until_rcf, "RCF")])
def test_restarts_after_the_same_answer_are_a_loop(boot: Callable[[Run, int], None], after: str) -> None:
    handset = boots(boot, boot, boot)
    assert handset.verdict is HandsetVerdict.FLAPPING
    assert handset.sentence == f"restarts repeatedly after {after}: 2 times"
    assert "RESTART_LOOP" in codes(handset)
    assert "VLAN_LOOP" not in codes(handset)


def test_one_restart_after_an_answer_is_no_loop() -> None:
    assert "RESTART_LOOP" not in codes(boots(until_rcf, whole))


def named(number: int) -> bytes:
    return ras.encode(
        GatekeeperConfirm(
            requestSeqNum=number,
            protocolIdentifier=H225_V2,
            gatekeeperIdentifier="gk",
            rasAddress=address(GATEKEEPER, 1719),
        )
    )


def test_discovery_again_and_again_without_dhcp_in_the_capture() -> None:
    run = Run()
    for number in range(1, 5):
        ask(run, grq(number), named(number))
        run.wait(60)
    handset = found(run)
    (loop,) = [each for each in handset.findings if each.code == "RESTART_LOOP"]
    assert "4 times by GRQ" in loop.sentence
    assert "gatekeeperIdentifier 'gk'" in loop.sentence


def test_a_boot_begins_with_the_upgrade_script_where_no_dhcp_is_in_the_capture() -> None:
    run = Run()
    for number in (1, 2):
        run.sequence.clear()
        fetch(run, path="/96x1Hupgrade.txt", port=40000 + number)
        ask(run, grq(10), gcf(10))
        ask(run, rrq(11), rcf(11))
        run.wait(60)
    assert codes(found(run)) == {"HANDSET_RESTARTED", "SIGNALLING_ABSENT"}


def discover(run: Run, giaddr: IPv4Address, xid: int, times: int) -> None:
    for _ in range(times):
        run.send(udp(UPLINK, 67, DHCP, 67, dhcp_message(DhcpMessageType.DISCOVER, 1, xid, giaddr=giaddr)))
        run.wait(15)


def fallen_back(visits: int, *, voice_seen: bool = True) -> HandsetTimeline:
    run = Run()
    for visit in range(visits):
        lease(run, DATA_GIADDR, FIRST, 10 * visit + 1)
        release(run)
        if voice_seen:
            discover(run, VOICE_GIADDR, 10 * visit + 2, 4)
        else:
            run.wait(61)
    lease(run, DATA_GIADDR, FIRST, 99)
    run.wait(1)
    return found(run)


def test_vlantest_is_named_where_the_handset_falls_back() -> None:
    handset = fallen_back(1)
    assert {"VLANTEST_EXPIRED", "DHCP_SILENT"} <= codes(handset)
    assert not {"VLAN_LOOP", "HANDSET_RESTARTED"} & codes(handset)
    (finding,) = [each for each in handset.findings if each.code == "VLANTEST_EXPIRED"]
    assert "no DHCPOFFER on 10.20.0.1 in 60 s" in finding.sentence
    assert finding.sentence.endswith("went back to 10.10.0.1")


def test_vlantest_is_named_where_nothing_of_the_voice_vlan_is_seen() -> None:
    handset = fallen_back(1, voice_seen=False)
    (finding,) = [each for each in handset.findings if each.code == "VLANTEST_EXPIRED"]
    assert "that names VLAN 20" in finding.sentence
    assert "HANDSET_RESTARTED" not in codes(handset)


def test_falling_back_again_and_again_is_a_loop() -> None:
    assert {"VLANTEST_EXPIRED", "VLAN_LOOP"} <= codes(fallen_back(2))


def test_a_voice_scope_that_sends_the_handset_away_is_a_loop() -> None:
    run = Run()
    for number in (1, 2):
        leased(run, number, voice=AWAY)
        release(run)
    handset = found(run)
    assert "VLAN_LOOP" in codes(handset)
    assert "HANDSET_RESTARTED" not in codes(handset)


def test_an_address_that_is_in_use_elsewhere_is_asked_for_anew_without_a_restart() -> None:
    run = Run()
    lease(run, VOICE_GIADDR, HANDSET, 1)
    fetch(run)
    run.send(udp(HANDSET, 68, DHCP, 67, dhcp_message(DhcpMessageType.DECLINE, 1, 2)))
    lease(run, VOICE_GIADDR, IPv4Address("10.20.0.51"), 3)
    assert codes(found(run)) == {"ADDRESS_DUPLICATE"}


def test_a_lease_that_is_never_used_and_asked_for_again_is_no_restart() -> None:
    """The ACK was lost behind this point; or the VLAN that the lease names leads nowhere."""
    for settings, code in (("MCIPADD=10.1.0.30", "DHCP_ACK_NOT_TAKEN"), (SETTINGS, "VLAN_MOVE_ABSENT")):
        run = Run()
        for xid in (1, 2, 3):
            lease(run, VOICE_GIADDR, HANDSET, xid, settings=settings)
            run.wait(80)
        assert codes(found(run)) == {code}
