"""Cisco IOS and IOS-XE: which interfaces pass nothing, by their own lines or those of what they are made of.

From the Cisco IOS Interface and LAN Switching command references: shutdown, channel-group, switchport,
autostate. The routed interface of a VLAN is up while one port of it is. No device has checked the reading.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from ringfence.firewalls.cisco_ios.config import TOP_VLAN, Config, Interface, vlan_numbers
from ringfence.firewalls.common.ace_objects import Line
from ringfence.firewalls.common.behind import Down
from ringfence.firewalls.common.members import members_down
from ringfence.firewalls.common.reading import Reading

_EVERY = frozenset(range(1, TOP_VLAN + 1))
_ETHERNET = re.compile(r"(.*Ethernet|.*GigE|Port-channel)[\d/]", re.IGNORECASE)


class _Carries(Enum):
    """Whether a port has a VLAN: by its lines, by what it agrees on with its neighbour, or not."""

    YES = 2
    PERHAPS = 1
    NO = 0


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
    carriers = [(one, _carrier(one)) for one in (*ports, *bare)]
    for routed in config.interfaces.values():
        vlan = routed.name.removeprefix("Vlan")
        if vlan == routed.name or not vlan.isdecimal() or len(vlan) > 4 or routed.name in config.off:
            continue
        reading.effort(len(carriers))
        every = any(line.words == ["no", "autostate"] for line in routed.lines)
        _judge(config, routed, ((one, carries(int(vlan), every)) for one, carries in carriers))


def _judge(config: Config, routed: Interface, ports: Iterable[tuple[Interface, _Carries]]) -> None:
    found = [(config.off.get(one.name), carries) for one, carries in ports if carries is not _Carries.NO]
    if any(off is None and carries is _Carries.YES for off, carries in found):
        return
    if found and all(off is not None for off, _ in found):
        off = members_down(off for off, _ in found)
        if off is not None:
            config.off[routed.name] = off
        return
    why = "no port that is up is known to have its VLAN, and without one it passes nothing"
    routed.strays.append((routed.line, why))


def _is_bare(interface: Interface) -> bool:
    routed = {("no", "switchport"), ("no", "ip"), ("ip", "address")}
    return "." not in interface.name and not any(
        tuple(line.words[:2]) in routed or line.words[0] in {"vrf", "encapsulation"}
        for line in interface.lines
    )


def _carrier(port: Interface) -> Callable[[int, bool], _Carries]:
    """Of a VLAN, and whether ports that are left out of the autostate count."""
    mode, access, voice, allowed, excluded = "", "1", "", _EVERY, False
    for words in _switchport(port.lines):
        match words:
            case ["mode", *kind]:
                mode = " ".join(kind)
            case ["access", "vlan", number]:
                access = number
            case ["voice", "vlan", number]:
                voice = number
            case ["trunk", "allowed", "vlan", *said]:
                allowed = _allowed(allowed, said)
            case ["autostate", "exclude"]:
                excluded = True
    own = vlan_numbers([access]) | vlan_numbers([voice])
    told = mode == "access" or (mode == "" and access != "1")

    def carries(vlan: int, every: bool) -> _Carries:
        if excluded and not every:
            return _Carries.NO
        if mode == "trunk":
            return _Carries.YES if vlan in allowed else _Carries.NO
        if told and vlan in own:
            return _Carries.YES
        if mode == "access":
            return _Carries.NO
        if mode in {"", "dynamic auto", "dynamic desirable"} and vlan not in allowed | own:
            return _Carries.NO
        return _Carries.PERHAPS  # what its neighbour agrees to; private VLANs, tunnels

    return carries


def _switchport(lines: Iterable[Line]) -> Iterator[list[str]]:
    for line in lines:
        if line.words[0] == "switchport":
            yield line.words[1:]


def _allowed(before: frozenset[int], said: list[str]) -> frozenset[int]:
    """`10,20-29`, `add 30`, `remove 10`, `except 5`, `all`, `none`."""
    match said:
        case ["add", *rest]:
            return before | vlan_numbers(rest)
        case ["remove", *rest]:
            return before - vlan_numbers(rest)
        case ["except", *rest]:
            return _EVERY - vlan_numbers(rest)
        case ["all"]:
            return _EVERY
    return vlan_numbers(said)
