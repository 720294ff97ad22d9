"""Cisco ASA: the interfaces as their blocks leave them, and which of them pass nothing.

From the Cisco ASA Series Command Reference (nameif, security-level, shutdown, management-only, vlan, forward
interface) and the general CLI guide on EtherChannel, redundant interfaces and switch ports. No device has
checked the reading.
"""

from collections.abc import Iterable, Iterator

from ringfence.firewalls.cisco_asa.config import Config, Interface, add_network
from ringfence.firewalls.cisco_asa.words import ON_INTERFACE
from ringfence.firewalls.common.ace.objects import Line
from ringfence.firewalls.common.behind import Down, Route
from ringfence.firewalls.common.interfaces.members import members_down
from ringfence.firewalls.common.interfaces.switch_ports import NO_PORT, carrier, routed_vlan
from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.common.statements import Effect, look_up
from ringfence.policy.terms import Addresses, touching

_INSIDE = 100  # the security level of an interface called inside (Command Reference, security-level)


def settle(config: Config, reading: Reading) -> None:
    """Once every line is known: the named interfaces, their networks and routes, and which are down."""
    off = _shut(config)
    _switched(config, off, reading)
    for hardware, lines in config.hardware.items():
        _interface(config, hardware, lines, off.get(hardware), reading)
    config.routes = [route for route in config.routes if _leads(config, route, reading)]
    config.routes = [
        route._replace(down=config.interfaces[route.interface].down)
        if route.interface in config.interfaces
        else route
        for route in config.routes
    ]


def _leads(config: Config, route: Route, reading: Reading) -> bool:
    """Whether its interface is there, as far as the text has interfaces."""
    known = not route.interface or route.down is not None or route.interface in config.interfaces
    if not known and config.hardware:
        net = route.network
        ends: Addresses = {net.version: ((int(net.network_address), int(net.broadcast_address)),)}
        why = "a route by an interface that is not there"
        reading.stray(route.line, route.text, why, touching(ends))
    return known or not config.hardware


def _shut(config: Config) -> dict[str, Down]:
    """The hardware that passes nothing, by its own lines or those of what it is made of, or a part of."""
    off: dict[str, Down] = {}
    for hardware, lines in config.hardware.items():
        said = _last(lines, "shutdown")
        if said is not None:
            text = f"interface {_name(lines) or hardware}: {said.text.strip()}"
            off[hardware] = Down(said.number, text, "shut down")
    for bundle, parts in _members(config).items():
        if down := members_down(off.get(part) for part in parts):
            off.setdefault(bundle, down)
    for hardware, lines in config.hardware.items():
        parent, dot, _ = hardware.partition(".")
        if dot and parent in off:
            off.setdefault(hardware, off[parent])
        elif dot and _last(lines, "vlan") is None:
            why = "a subinterface passes nothing before it has a VLAN"
            off.setdefault(hardware, Down(lines[0].number, f"interface {hardware}", why))
    return off


def _last(lines: Iterable[Line], word: str) -> Line | None:
    """The line of this command in force; None when there is none, or `no` takes it back."""
    found = None
    for line in lines:
        if line.words[0] == word:
            found = line
        elif line.words[:2] == ["no", word]:
            found = None
    return found


def _name(lines: Iterable[Line]) -> str:
    said = _last(lines, "nameif")
    return said.words[1] if said is not None and len(said.words) > 1 else ""


def _members(config: Config) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for hardware, lines in config.hardware.items():
        for line in lines:
            match line.words:
                case ["channel-group", number, *_]:
                    bundle = config.known.find(f"Port-channel{number}")
                    found.setdefault(bundle, []).append(hardware)
                case ["member-interface", *rest] if part := config.known.find("".join(rest)):
                    found.setdefault(hardware, []).append(part)
    return found


def _switched(config: Config, off: dict[str, Down], reading: Reading) -> None:
    """VLAN interfaces of a firewall with switch ports: what has no name there is a port, of VLAN 1 first."""
    ports = [
        (off.get(hardware), carrier(_switchport(lines), "access"))
        for hardware, lines in config.hardware.items()
        if hardware.lower().startswith("ethernet") and not any("nameif" in line.words[:2] for line in lines)
    ]
    for hardware, lines in config.hardware.items():
        vlan = hardware.lower().removeprefix("vlan")
        if not ports or not vlan.isdecimal() or len(vlan) > 4:
            continue
        reading.effort(len(ports))
        down, told = routed_vlan((port_off, carries(int(vlan), False)) for port_off, carries in ports)
        if down is not None:
            off.setdefault(hardware, down)
        elif not told and (name := _name(lines)):
            config.strays.append((name, lines[0], NO_PORT))


def _switchport(lines: Iterable[Line]) -> Iterator[list[str]]:
    for line in lines:
        if line.words[0] == "switchport":
            yield line.words[1:]


def _interface(config: Config, hardware: str, lines: list[Line], off: Down | None, reading: Reading) -> None:
    name, level = _name(lines), ""
    nets: list[tuple[str, int, Line]] = []
    for line in lines:
        match line.words:
            case ["interface" | "nameif", *_] | ["no", "nameif", *_]:
                pass
            case ["security-level", word] if word.isdecimal() and len(word) < 4:
                level = word
            case ["ip", "address", "dhcp" | "pppoe", *rest]:
                nets += [("0.0.0.0/0", 1, line)] if "setroute" in rest else []
            case ["ip", "address", address, mask, *_]:
                nets.append((f"{config.names.address(address)}/{mask}", 0, line))
            case ["no", "ip", "address", *_]:
                nets = []
            case ["ipv6", "address", prefix, *_] if "/" in prefix:
                nets.append((prefix, 0, line))
            case ["no", "forward", "interface", *rest]:
                config.closed.append((name, config.known.find("".join(rest)), line))
            case words:
                known = look_up(ON_INTERFACE, words)
                if name and (known is None or known.effect is Effect.DROPS):
                    why = known.why if known else "not a command that is known on an interface"
                    config.strays.append((name, line, why))
    if not name:
        # Its networks are there, and no packet passes to them or from them.
        unnamed = Down(lines[0].number, f"interface {hardware}", "it has no name (nameif)")
        for net, distance, line in nets:
            add_network(config, (hardware, net, distance), line, reading, off or unnamed)
        return
    managed = _last(lines, "management-only")
    if off is None and managed is not None:
        off = Down(managed.number, f"interface {name}: {managed.text.strip()}", "for management only")
    number = int(level) if level else _INSIDE if name == "inside" else 0
    config.interfaces[name] = Interface(name, lines[0].number, number, off)
    for net, distance, line in nets:
        add_network(config, (name, net, distance), line, reading)
