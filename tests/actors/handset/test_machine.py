"""A whole handset in virtual time: every stage in order, and what falls when something below it falls.

handset - switch (data VLAN untagged, voice VLAN 20 tagged) - router with relay - a server that is everything
"""

import itertools
from random import Random

import pytest

from ringfence.actors import journal
from ringfence.actors.files.server import FileServer
from ringfence.actors.gatekeeper.machine import Gatekeeper
from ringfence.actors.io import (
    ConfigureAddress,
    Listen,
    OpenStream,
    RemoveAddress,
    SendEcho,
    StageFailed,
    StopListening,
    Unbind,
)
from ringfence.drivers.sim.links import cut
from ringfence.model.address import TransportAddress
from ringfence.model.site import CallControl
from ringfence.model.stage import Stage
from support.actors.handset_boot import EVERY_STAGE, OPTION, SERVER, VOICE, Boot


@pytest.mark.parametrize("control", [CallControl.GATEKEEPER, CallControl.HANDSET])
def test_every_stage_is_reached_in_order(control: CallControl) -> None:
    boot = Boot(control)
    assert boot.run(60, lambda: {Stage.SIGNAL, Stage.ECHO} <= set(boot.reached()))
    assert boot.reached()[:6] == EVERY_STAGE
    assert boot.commands(StageFailed) == []
    assert boot.findings() == []
    assert boot.handset.lease is not None
    assert boot.handset.lease.vlan == 20
    assert boot.handset.granted is not None


def test_the_journal_of_a_boot_replays_into_a_fresh_handset() -> None:
    boot = Boot()
    boot.run(2000)
    assert len(boot.entries) > 30
    lines = [journal.encode_entry(entry) for entry in boot.entries]
    assert journal.replay(boot.fresh(), journal.read_entries(lines)) is None


def test_call_signalling_is_accepted_from_the_gatekeeper_list_only() -> None:
    boot = Boot()
    boot.run(30)
    [listening] = boot.commands(Listen)
    assert listening.only_from == (SERVER,)
    assert listening.local.port == 1720


def test_tls_signalling_goes_to_its_own_port() -> None:
    boot = Boot(CallControl.HANDSET_TLS)
    boot.run(30)
    opening = boot.commands(OpenStream)[-1]
    assert (opening.destination, opening.tls) == (TransportAddress(SERVER, 1300), True)


def test_no_stream_number_is_used_twice() -> None:
    boot = Boot(CallControl.HANDSET)
    boot.run(30)
    numbers = [opening.stream for opening in boot.commands(OpenStream)]
    assert len(numbers) == 4  # three files, then call signalling
    assert len(set(numbers)) == 4


def test_without_a_file_server_it_stops_there_and_tries_again() -> None:
    boot = Boot(without=(FileServer,))
    boot.run(50)
    assert boot.reached() == EVERY_STAGE[:3]
    assert [failed.stage for failed in boot.commands(StageFailed)] == [Stage.PROVISION]
    boot.run(100)
    assert {failed.stage for failed in boot.commands(StageFailed)} == {Stage.PROVISION}
    assert len(boot.commands(StageFailed)) >= 2


def test_a_site_without_file_servers_goes_straight_to_discovery() -> None:
    boot = Boot(option=f"MCIPADD={SERVER}")
    boot.run(60)
    assert boot.reached()[:3] == [Stage.ADDRESS, Stage.DISCOVER, Stage.REGISTER]


def test_names_are_told_and_passed_over() -> None:
    boot = Boot(option=f"MCIPADD=gk.example.net,{SERVER},HTTPSRVR=files.example.net")
    boot.run(60)
    assert boot.findings()[:2] == ["FILES_SERVER_NAMED", "GATEKEEPER_NAMED"]
    assert Stage.REGISTER in boot.reached()


def test_the_settings_file_wins_over_dhcp() -> None:
    settings = f"SET MCIPADD {SERVER}\n".encode()
    boot = Boot(option=f"MCIPADD=10.30.0.99,HTTPSRVR={SERVER}", files={"46xxsettings.txt": settings})
    boot.run(30)
    assert boot.handset.granted is not None
    assert boot.handset.granted.gatekeeper == TransportAddress(SERVER, 1719)


def test_an_echo_goes_out_every_quarter_of_an_hour() -> None:
    boot = Boot()
    boot.run(3000)
    times = [
        entry.time
        for entry in boot.entries
        for command in entry.commands
        if isinstance(command, SendEcho) and command.destination == SERVER
    ]
    assert [round(after - before) for before, after in itertools.pairwise(times)] == [900] * 3


def test_a_lost_registration_takes_signalling_down_and_a_new_one_brings_it_back() -> None:
    boot = Boot()
    boot.run(30)
    assert Stage.SIGNAL in boot.reached()
    boot.network.power_off("server")
    boot.run(3 * 3600, lambda: boot.handset.granted is None)
    assert boot.handset.granted is None
    assert [command.local.port for command in boot.commands(StopListening)] == [1720]
    boot.network.attach("server", Gatekeeper(boot.gatekeeper_config, Random(3)))
    assert boot.run(3600, lambda: len(boot.commands(Listen)) == 2)
    assert boot.reached().count(Stage.REGISTER) == 2


def test_a_lost_address_takes_everything_down_before_it_goes() -> None:
    boot = Boot(option=OPTION + ",DHCPSTD=1")
    boot.run(30)
    boot.network.set_link("handset", "eth0", cut)
    boot.run(3600)
    last = next(
        entry.commands
        for entry in reversed(boot.entries)
        if any(isinstance(command, RemoveAddress) for command in entry.commands)
    )
    kinds = [type(command) for command in last]
    assert kinds.index(Unbind) < kinds.index(RemoveAddress)
    assert boot.handset.lease is None
    boot.network.set_link("handset", "eth0", None)
    before = len(boot.commands(ConfigureAddress))
    assert boot.run(600, lambda: boot.handset.granted is not None)
    assert len(boot.commands(ConfigureAddress)) > before
    assert boot.reached().count(Stage.PROVISION) == 2


def test_a_family_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such family"):
        Boot(family="97x2")


def test_a_router_is_looked_for_before_the_files_and_only_on_the_last_vlan() -> None:
    boot = Boot()
    boot.run(30)
    assert boot.commands(SendEcho)[0].destination == VOICE[1]
    order = [
        type(command)
        for entry in boot.entries
        for command in entry.commands
        if isinstance(command, SendEcho | OpenStream)
    ]
    assert order[:2] == [SendEcho, OpenStream]
    assert "ROUTER_UNANSWERED" not in boot.findings()


def test_the_router_of_the_list_that_answers_is_used() -> None:
    boot = Boot(routers=(VOICE[9], VOICE[1]))
    assert boot.run(60, lambda: boot.handset.granted is not None)
    routers = [command.router for command in boot.commands(ConfigureAddress)]
    assert routers[-2:] == [VOICE[9], VOICE[1]]


def test_a_router_that_answers_nothing_is_said_and_does_not_stop_the_boot() -> None:
    boot = Boot(routers=(VOICE[9],), option=f"MCIPADD={SERVER},HTTPSRVR={SERVER},L2Q=1,L2QVLAN=20")
    boot.run(30)
    assert boot.findings()[0] == "ROUTER_UNANSWERED"
    assert Stage.PROVISION in {failed.stage for failed in boot.commands(StageFailed)}
