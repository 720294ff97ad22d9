"""The move to the voice VLAN (96x1 H.323 administrator guide 2018 p. 104)."""

from ipaddress import IPv4Address, IPv4Network

from ringfence.actors.dhcp.vlan import VlanState
from ringfence.actors.io import (
    AddressConfigured,
    Bind,
    ConfigureAddress,
    SetVlan,
    Started,
    TimeUp,
)
from ringfence.wire.phone_options import L2Q
from support.actors.dhcp_answers import (
    ACK,
    ADDRESS,
    ANY,
    CONFIGURE,
    DISCOVER,
    OFFER,
    REMOVE,
    RENEW,
    REQUEST,
    SERVER,
    TO_VOICE,
    VOICE,
    answer,
    client,
    in_words,
    last_message,
    leased,
    says,
)
from support.script import Row, obey, run, step

RELEASE = f"RELEASE 10.20.0.50:68 > {SERVER}:67"
CONFIGURE_VOICE = ConfigureAddress(
    IPv4Address(VOICE), IPv4Network("10.30.0.0/24"), IPv4Address("10.30.0.1"), "lan"
)


def moving(phone: str = TO_VOICE) -> list[Row]:
    """Power-up on the data VLAN, whose scope names VLAN 30; there the first DISCOVER goes out at 1.5 s."""
    return [
        *leased(phone=phone),
        Row(1, AddressConfigured(ADDRESS), [RELEASE, "reached release"], 1.5),
        Row(1.5, TimeUp(), [REMOVE, SetVlan(30), DISCOVER], 5.5),
    ]


def test_the_move_releases_first_and_starts_again_on_the_voice_vlan() -> None:
    machine = client()
    rows = [
        *moving(),
        Row(2, says(OFFER, VOICE, phone=TO_VOICE), [REQUEST]),
        Row(2, says(ACK, VOICE, phone=TO_VOICE), [CONFIGURE_VOICE, "reached vlan-move"], 1802),
        Row(3, AddressConfigured(IPv4Address(VOICE)), []),
    ]
    sent = run(machine, rows, show=in_words)
    release = last_message(sent[: sent.index(SetVlan(30))])
    assert (release.ciaddr, release.giaddr) == (ADDRESS, IPv4Address(0))
    assert [code for code, _ in release.options] == [53, 54]
    assert machine.settled is not None
    assert machine.settled.vlan == 30
    assert machine.vlan.vlan == 30


def test_an_address_about_to_be_released_is_no_place_to_go_on_from() -> None:
    machine = client()
    run(machine, leased(phone=TO_VOICE), show=in_words)
    assert machine.lease is not None
    assert machine.settled is None


def test_an_address_the_host_never_took_is_not_released() -> None:
    run(
        client(),
        [
            *leased(phone=TO_VOICE),
            Row(5, TimeUp(), ["failed release"], 5.5),
            Row(5.5, TimeUp(), [REMOVE, SetVlan(30), DISCOVER]),
        ],
        show=in_words,
    )


def silence(since: float, until: float) -> list[Row]:
    """DISCOVERs on the voice VLAN that nobody answers, until VLANTEST expires."""
    rows: list[Row] = []
    at = since
    for wait in (4, 8, 16, 32):
        at += wait
        if at < until:
            rows.append(Row(at, TimeUp(), [DISCOVER]))
    return rows


def test_vlantest_expiry_falls_back_and_never_tries_that_vlan_again() -> None:
    """60 s after the first tagged DISCOVER; the scope that names VLAN 30 again is not obeyed."""
    machine = client()
    rows = [
        *moving("L2Q=0,L2QVLAN=30"),
        *silence(1.5, 61.5),
        Row(61.5, TimeUp(), ["failed vlan-move", "VLANTEST_EXPIRED", SetVlan(0), DISCOVER], 65.5),
        Row(62, says(OFFER, phone="L2Q=0,L2QVLAN=30"), [REQUEST]),
        Row(62, says(ACK, phone="L2Q=0,L2QVLAN=30"), [CONFIGURE, "reached address", "VLAN_DEAD"], 1862),
        # Said once, not at every renewal.
        Row(1862, TimeUp(), [RENEW]),
        Row(1862, says(ACK, phone="L2Q=0,L2QVLAN=30"), ["reached renew"]),
    ]
    run(machine, rows, show=in_words)
    assert machine.vlan.dead == {30}
    assert machine.vlan.l2q is L2Q.AUTO
    assert machine.settled is not None


def test_a_live_vlan_named_after_the_fall_back_is_tried() -> None:
    rows = [
        *moving("L2Q=1,L2QVLAN=30,VLANTEST=20"),
        *silence(1.5, 21.5),
        Row(21.5, TimeUp(), ..., 25.5),
        Row(22, says(OFFER), [REQUEST]),
        Row(22, says(ACK, phone="L2QVLAN=31"), [CONFIGURE, "reached address"]),
        Row(23, AddressConfigured(ADDRESS), [RELEASE, "reached release"]),
        Row(23.5, TimeUp(), [REMOVE, SetVlan(31), DISCOVER]),
    ]
    machine = client()
    run(machine, rows, show=in_words)
    assert machine.vlan.dead == {30}


def test_with_l2q_1_the_fall_back_is_tagged_with_vid_0() -> None:
    machine = client()
    rows = [
        *moving("L2Q=1,L2QVLAN=30,VLANTEST=3")[:-1],
        Row(1.5, TimeUp(), ..., 4.5),
        Row(4.5, TimeUp(), ...),
    ]
    run(machine, rows, show=in_words)
    assert (machine.vlan.l2q, machine.vlan.vlan) == (L2Q.ON, 0)


def test_vlantest_0_waits_for_ever() -> None:
    machine = client()
    run(machine, moving("L2Q=1,L2QVLAN=30,VLANTEST=0"), show=in_words)
    told = obey(machine, [(50_000, TimeUp())])
    words = [in_words(command) for _, command in told]
    assert words.count("failed vlan-move") == 1
    assert words.count(DISCOVER) == len(words) - 1 > 700
    assert machine.vlan.vlan == 30


def test_a_phone_that_remembers_its_vlan_begins_there() -> None:
    run(
        client(VlanState(l2q=L2Q.ON, l2qvlan=30)),
        [Row(0, Started(), [SetVlan(30), Bind(ANY, "lan"), DISCOVER], 4)],
        show=in_words,
    )


def test_l2q_2_never_tags_and_lldp_wins() -> None:
    """A VLAN beside L2Q=2 is a mistake of the string, and is told as one."""
    never, by_lldp = leased(phone="L2Q=2,L2QVLAN=30"), leased(phone=TO_VOICE)
    told = [CONFIGURE, "reached address", "PHONE_OPTION_UNREADABLE"]
    never[-1] = Row(0, says(ACK, phone="L2Q=2,L2QVLAN=30"), told)
    for rows, vlan in ((never, VlanState()), (by_lldp, VlanState(by_lldp=True))):
        machine = client(vlan)
        run(machine, rows, show=in_words)
        assert machine.settled is not None
        assert machine.settled.vlan == 0


def test_scopes_that_send_a_phone_in_circles_are_found_out() -> None:
    """VLAN 30 names 31 and 31 names 30; after four moves the phone stays and says so."""
    machine = client()
    run(machine, leased(phone=TO_VOICE), show=in_words)
    now, names, sent = 1.0, 31, []
    for _ in range(3):
        step(machine, AddressConfigured(IPv4Address("10.20.0.50")), now)
        sent = list(step(machine, TimeUp(), now + 0.5))
        sent = list(step(machine, answer(sent, OFFER), now + 1))
        sent = list(step(machine, answer(sent, ACK, phone=f"L2QVLAN={names}"), now + 1))
        names, now = 61 - names, now + 2
        assert machine.settled is None
    step(machine, AddressConfigured(IPv4Address("10.20.0.50")), now)
    sent = list(step(machine, TimeUp(), now + 0.5))
    sent = list(step(machine, answer(sent, OFFER), now + 1))
    sent = list(step(machine, answer(sent, ACK, phone=f"L2QVLAN={names}"), now + 1))
    assert [in_words(each) for each in sent[-2:]] == ["VLAN_LOOP", "failed vlan-move"]
    assert machine.settled is not None


def test_a_renewal_that_names_another_vlan_moves_the_phone() -> None:
    rows = [
        *leased(),
        Row(1800, TimeUp(), [RENEW]),
        Row(1800, says(ACK, phone=TO_VOICE), ["reached renew", RELEASE, "reached release"], 1800.5),
        Row(1800.5, TimeUp(), [REMOVE, SetVlan(30), DISCOVER]),
    ]
    run(client(), rows, show=in_words)
