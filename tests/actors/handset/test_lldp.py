"""A handset that the switch tells its voice VLAN."""

from random import Random

from ringfence.actors.dhcp.client_states import ClientSettings
from ringfence.actors.handset.config import HandsetConfig
from ringfence.actors.handset.machine import Handset
from ringfence.actors.io import Bind, Commands, SendDatagram, SetVlan, Started, VlanAssigned
from ringfence.wire.dhcp import decode
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.phone_options import parse_option_string


def handset() -> Handset:
    config = HandsetConfig(ClientSettings(bytes.fromhex("001b4f000001")), "2001", None)
    return Handset(config, Random(1))


def asked(commands: Commands) -> list[DhcpMessageType | None]:
    return [decode(each.data).message_type for each in commands if isinstance(each, SendDatagram)]


def test_it_begins_again_in_the_vlan_that_the_switch_names() -> None:
    phone = handset()
    assert asked(phone.handle(Started(), 0.0)) == [DhcpMessageType.DISCOVER]
    moved = phone.handle(VlanAssigned(20), 0.4)
    assert next(each.vlan for each in moved if isinstance(each, SetVlan)) == 20
    assert asked(moved) == [DhcpMessageType.DISCOVER]
    assert any(isinstance(each, Bind) for each in moved)
    # What the switch repeats every half minute changes nothing.
    assert phone.handle(VlanAssigned(20), 30.4) == ()


def test_what_lldp_has_set_an_option_does_not_change() -> None:
    phone = handset()
    phone.handle(Started(), 0.0)
    phone.handle(VlanAssigned(20), 0.4)
    assert phone.vlan.told(parse_option_string("L2Q=1,L2QVLAN=30")).vlan == 20


def test_untagged_is_a_vlan_too() -> None:
    phone = handset()
    phone.handle(Started(), 0.0)
    phone.handle(VlanAssigned(20), 0.4)
    back = phone.handle(VlanAssigned(0), 60.0)
    assert [each.vlan for each in back if isinstance(each, SetVlan)] == [0]
    assert asked(back) == [DhcpMessageType.DISCOVER]
