"""FortiOS: timers and session helpers.

Written from the FortiOS CLI Reference: system global (udp-idle-timer), system session-ttl, system
session-helper, firewall service custom.
"""

from collections.abc import Mapping

from ringfence.firewalls.common.reading import Reading, flow_kind
from ringfence.firewalls.fortios.tree import Node, Setting
from ringfence.model.address import PortRange
from ringfence.policy.listing import FlowKind

_NONE = Node("", 0)
_HELPERS = ("h323", "ras")
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}


def note_settings(tables: Mapping[str, Node], reading: Reading) -> None:
    for name, setting in tables.get("system global", _NONE).sets.items():
        if name.endswith("-timer"):
            _timer(reading, name, setting, FlowKind.UDP if name == "udp-idle-timer" else None)
    ttl = tables.get("system session-ttl", _NONE)
    if "default" in ttl.sets:
        _timer(reading, "session-ttl default", ttl.sets["default"], FlowKind.TCP)
    for entry in (entry for table in ttl.tables for entry in table.entries):
        protocol = _PROTOCOLS.get(entry.get("protocol", "6"), f"protocol {entry.get('protocol')}")
        ends = entry.get("start-port", "0"), entry.get("end-port", "65535")
        if "timeout" in entry.sets:
            name = f"session-ttl {protocol} {'-'.join(ends)}"
            _timer(reading, name, entry.sets["timeout"], flow_kind(protocol), ports=_ports(*ends))
    for entry in tables.get("firewall service custom", _NONE).entries:
        for name, kind in (("udp-idle-timer", FlowKind.UDP), ("session-ttl", FlowKind.TCP)):
            if entry.get(name, "0") != "0":
                what = f"{name} of service {entry.name}"
                _timer(reading, what, entry.sets[name], kind, service=entry.name)
        if entry.get("helper") in _HELPERS:
            helper = entry.get("helper")
            what = f"{helper} helper of service {entry.name}"
            reading.inspection(entry.sets["helper"].line, what, on=True, of=helper)
    helpers = tables.get("system session-helper")
    if helpers is not None and helpers.entries:
        for entry in helpers.entries:
            name = entry.get("name")
            reading.inspection(entry.line, f"session-helper {name}", on=True, of=name)
        present = {entry.get("name") for entry in helpers.entries}
        for name in _HELPERS:
            if name not in present:
                reading.inspection(helpers.line, f"session-helper {name}", on=False, of=name)


def _ports(first: str, last: str) -> PortRange | None:
    """The ports of an entry; None (any) where they are not written as a range of numbers."""
    if not all(word.isascii() and word.isdigit() and len(word) < 6 for word in (first, last)):
        return None
    low, high = int(first), int(last)
    return PortRange(low, high) if low <= high < 65536 else None


def _timer(
    reading: Reading,
    name: str,
    setting: Setting,
    kind: FlowKind | None,
    *,
    service: str = "",
    ports: PortRange | None = None,
) -> None:
    value = setting.values[0] if setting.values else ""
    if value.isascii() and value.isdigit() and len(value) < 10:
        reading.timer(setting.line, name, int(value) or None, kind, service=service, ports=ports)
    elif value == "never":
        reading.timer(setting.line, name, None, kind, service=service, ports=ports)
