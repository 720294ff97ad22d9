"""FortiOS: timers and session helpers.

Written from the FortiOS CLI Reference: system global (udp-idle-timer), system session-ttl, system
session-helper, firewall service custom.
"""

from collections.abc import Mapping

from ringfence.firewalls.common.reading import Reading
from ringfence.firewalls.fortios.tree import Node, Setting

_NONE = Node("", 0)
_HELPERS = ("h323", "ras")
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}


def note_settings(tables: Mapping[str, Node], reading: Reading) -> None:
    for name, setting in tables.get("system global", _NONE).sets.items():
        if name.endswith("-timer"):
            _timer(reading, name, setting)
    ttl = tables.get("system session-ttl", _NONE)
    if "default" in ttl.sets:
        _timer(reading, "session-ttl default", ttl.sets["default"])
    for entry in (entry for table in ttl.tables for entry in table.entries):
        protocol = _PROTOCOLS.get(entry.get("protocol", "6"), f"protocol {entry.get('protocol')}")
        ports = f"{entry.get('start-port', '0')}-{entry.get('end-port', '65535')}"
        if "timeout" in entry.sets:
            _timer(reading, f"session-ttl {protocol} {ports}", entry.sets["timeout"])
    for entry in tables.get("firewall service custom", _NONE).entries:
        for name in ("udp-idle-timer", "session-ttl"):
            if entry.get(name, "0") != "0":
                _timer(reading, f"{name} of service {entry.name}", entry.sets[name])
        if entry.get("helper") in _HELPERS:
            helper = entry.get("helper")
            reading.inspection(entry.sets["helper"].line, f"{helper} helper of service {entry.name}", on=True)
    helpers = tables.get("system session-helper")
    if helpers is not None and helpers.entries:
        for entry in helpers.entries:
            reading.inspection(entry.line, f"session-helper {entry.get('name')}", on=True)
        present = {entry.get("name") for entry in helpers.entries}
        for name in _HELPERS:
            if name not in present:
                reading.inspection(helpers.line, f"session-helper {name}", on=False)


def _timer(reading: Reading, name: str, setting: Setting) -> None:
    value = setting.values[0] if setting.values else ""
    if value.isascii() and value.isdigit() and len(value) < 10:
        reading.timer(setting.line, name, int(value) or None)
    elif value == "never":
        reading.timer(setting.line, name, None)
