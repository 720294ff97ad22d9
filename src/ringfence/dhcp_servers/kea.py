"""Kea 2.2 to 3.0: a configuration that all of them read (subnet ids, an option definition, required classes).

The value is in single quotes with csv-format off: with it on, Kea ends a string at its first comma and says
nothing (measured on 2.2.0, 2.6.3 and 3.0.4).
"""

import json
from typing import Any

from ringfence.actors.dhcp.fingerprint import AVAYA_VENDOR_CLASS
from ringfence.dhcp_servers.document import DeviceNames, Written, comments
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """A whole configuration file."""
    codes = sorted({scope.code for scope in scopes.scopes if scope.string})
    told = _classes(scopes)
    document: dict[str, Any] = {
        "interfaces-config": {"interfaces": ["*"]},
        "lease-database": {"type": "memfile"},
        "option-def": [{"name": _option(code), "code": code, "type": "string"} for code in codes],
        "client-classes": [_class(name, code, string) for (code, string), name in told.items()],
        "subnet4": [_subnet(scope, told.get((scope.code, scope.string), "")) for scope in scopes.scopes],
    }
    text = json.dumps({"Dhcp4": document}, indent=2)
    return Written(
        "\n".join([*comments(scopes, names, "//", "Kea"), text]) + "\n",
        (
            "check it: kea-dhcp4 -t FILE; where you have a configuration, add option-def, client-classes and "
            "subnet4 to yours, and keep your own interfaces-config and lease-database",
            "subnet ids are made of the network's address: where a subnet exists, keep the id that it has",
        ),
    )


def _classes(scopes: Scopes) -> dict[tuple[int, str], str]:
    """A class for each different string, named like the first scope that has it."""
    found: dict[tuple[int, str], str] = {}
    for scope in scopes.scopes:
        if scope.string:
            found.setdefault((scope.code, scope.string), f"avaya-{scope.name}")
    return found


def _class(name: str, code: int, string: str) -> dict[str, Any]:
    return {
        "name": name,
        "test": f"option[60].text == '{AVAYA_VENDOR_CLASS}'",
        "only-if-required": True,
        "option-data": [{"name": _option(code), "code": code, "csv-format": False, "data": _data(string)}],
    }


def _subnet(scope: PhoneScope, required: str) -> dict[str, Any]:
    options = [{"name": "routers", "data": str(scope.router)}]
    if scope.dns:
        options.append({"name": "domain-name-servers", "data": ", ".join(map(str, scope.dns))})
    if scope.domain:
        options.append({"name": "domain-name", "data": scope.domain})
    return {
        "id": int(scope.network.network_address),
        "subnet": str(scope.network),
        "pools": [{"pool": f"{pool.first} - {pool.last}"} for pool in scope.pools],
        "valid-lifetime": scope.lease,
        "option-data": options,
        **({"require-client-classes": [required]} if required else {}),
    }


def _option(code: int) -> str:
    return f"avaya-{code}"


def _data(string: str) -> str:
    """Text in single quotes, or digits where it has such a quote itself."""
    return f"'{string}'" if "'" not in string else string.encode("ascii").hex()
