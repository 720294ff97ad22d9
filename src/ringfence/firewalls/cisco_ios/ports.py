"""Cisco IOS and IOS-XE: which interfaces pass nothing, by their own lines or those of what they are made of.

From the Cisco IOS Interface and LAN Switching command references: shutdown, channel-group, switchport,
autostate. The routed interface of a VLAN is up while one port of it is. No device has checked the reading.
"""

import re
from collections.abc import Iterable, Iterator

from ringfence.firewalls.cisco_ios.config import Config, Interface
from ringfence.firewalls.common.behind import Down
from ringfence.firewalls.common.interfaces.members import members_down
from ringfence.firewalls.common.interfaces.switch_ports import NO_PORT, Carries, carrier, routed_vlan
from ringfence.firewalls.common.reading import Reading

_ETHERNET = re.compile(r"(.*Ethernet|.*GigE|Port-channel)[\d/]", re.IGNORECASE)


def settle_interfaces(config: Config, reading: Reading) -> None:
    """Fill in `config.off`, and the stray lines of interfaces of which it is not known."""
    for interface in config.interfaces.values():
        if off := _own(config, interface):
            config.off[interface.name] = off
    _standby(config)
    members = _members(config)
    for name, parts in members.items():
        if off := members_down(config.off.get(part) for part in parts):
            config.off.setdefault(name, off)
    for interface in config.interfaces.values():
        parent = interface.name.partition(".")[0]
        if parent in config.off:
            config.off.setdefault(interface.name, config.off[parent])
        elif interface.name != parent and interface.nets and _untagged(interface):
            why = "a subinterface takes no address before its encapsulation"
            interface.strays.append((interface.line, why))
    _routed(config, frozenset(part for parts in members.values() for part in parts), reading)


def _standby(config: Config) -> None:
    """An interface that is another's backup passes nothing while that one is up."""
    for interface in config.interfaces.values():
        for line in interface.lines:
            backup = (
                config.named("".join(line.words[2:])) if line.words[:2] == ["backup", "interface"] else None
            )
            if backup is not None and interface.name not in config.off:
                backup.strays.append((line, f"{backup.name} stands by while {interface.name} is up"))


def _untagged(interface: Interface) -> bool:
    tagged = any(line.words[0] == "encapsulation" for line in interface.lines)
    return bool(_ETHERNET.match(interface.name)) and not tagged


def _own(config: Config, interface: Interface) -> Down | None:
    if vlan := config.vlans_off.get(interface.name):
        return Down(vlan.number, f"{interface.name}: {vlan.text.strip()}", "its VLAN is shut down")
    if interface.down is not None:
        line = interface.down
        return Down(line.number, f"interface {interface.name}: {line.text.strip()}", "shut down")
    return None


def _members(config: Config) -> dict[str, list[str]]:
    """The interfaces that each bundle, dialer or tunnel is made of."""
    pools = {
        line.words[2]: one.name
        for one in config.interfaces.values()
        for line in one.lines
        if line.words[:2] == ["dialer", "pool"] and len(line.words) > 2
    }
    found: dict[str, list[str]] = {}
    for one in config.interfaces.values():
        for line in one.lines:
            match line.words:
                case ["channel-group", number, *_]:
                    found.setdefault(f"Port-channel{number}", []).append(one.name)
                case ["multilink-group", number] | ["ppp", "multilink", "group", number]:
                    found.setdefault(f"Multilink{number}", []).append(one.name)
                case ["dialer", "pool-member", pool, *_] | ["pppoe-client", "dial-pool-number", pool, *_]:
                    if pool in pools:
                        found.setdefault(pools[pool], []).append(one.name)
                case ["tunnel", "source", *rest] if source := config.named("".join(rest)):
                    found.setdefault(one.name, []).append(source.name)
    return found


def _routed(config: Config, bundled: frozenset[str], reading: Reading) -> None:
    """The routed interfaces of VLANs: down with their ports."""
    ports = [
        one
        for one in config.interfaces.values()
        if one.name not in bundled and any(line.words[0] == "switchport" for line in one.lines)
    ]
    if not ports:
        return  # a router, or a part of a configuration: what ports there are is not in the text
    # On a switch, a port with no line is a port of VLAN 1, or what it agrees on with its neighbour.
    bare = [
        one
        for one in config.interfaces.values()
        if one.name not in bundled and _ETHERNET.match(one.name) and _is_bare(one)
    ]
    carriers = [(one, carrier(_switchport(one))) for one in (*ports, *bare)]
    for routed in config.interfaces.values():
        vlan = routed.name.removeprefix("Vlan")
        if vlan == routed.name or not vlan.isdecimal() or len(vlan) > 4 or routed.name in config.off:
            continue
        reading.effort(len(carriers))
        every = any(line.words == ["no", "autostate"] for line in routed.lines)
        _judge(config, routed, ((one, carries(int(vlan), every)) for one, carries in carriers))


def _judge(config: Config, routed: Interface, ports: Iterable[tuple[Interface, Carries]]) -> None:
    off, told = routed_vlan((config.off.get(one.name), carries) for one, carries in ports)
    if off is not None:
        config.off[routed.name] = off
    elif not told:
        routed.strays.append((routed.line, NO_PORT))


def _is_bare(interface: Interface) -> bool:
    routed = {("no", "switchport"), ("no", "ip"), ("ip", "address")}
    return "." not in interface.name and not any(
        tuple(line.words[:2]) in routed or line.words[0] in {"vrf", "encapsulation"}
        for line in interface.lines
    )


def _switchport(port: Interface) -> Iterator[list[str]]:
    for line in port.lines:
        if line.words[0] == "switchport":
            yield line.words[1:]
