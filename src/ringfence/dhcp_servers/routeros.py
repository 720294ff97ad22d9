"""MikroTik RouterOS: pool, option, server and network for each VLAN.

Manual, DHCP server options; an option of text is in single quotes within the double ones (a public export has
242 so). `relay=` names the agent whose requests the server answers; without it only phones themselves.
"""

from ringfence.dhcp_servers.document import (
    EVERYBODY,
    UNTESTED,
    DeviceNames,
    Written,
    backslashed,
    comments,
    seen_by,
)
from ringfence.dhcp_servers.scopes import PhoneScope, Scopes


def write(scopes: Scopes, names: DeviceNames) -> Written:
    """A script to import."""
    lines = comments(scopes, names, "#", "RouterOS")
    lines += [line for scope in scopes.scopes for line in _server(scope, names)]
    return Written("\n".join(lines) + "\n", (UNTESTED, EVERYBODY))


def _server(scope: PhoneScope, names: DeviceNames) -> list[str]:
    name = scope.name
    ranges = ",".join(f"{pool.first}-{pool.last}" for pool in scope.pools)
    lines = [f"# {seen_by(scope)}", f"/ip pool add name={name} ranges={ranges}"]
    if scope.string:
        lines.append(f"/ip dhcp-server option add name={name} code={scope.code} value={_value(scope.string)}")
    agents: tuple[object, ...] = scope.relays or ("",)
    for number, agent in enumerate(agents, 1):
        relay = f" relay={agent}" if agent else ""
        lines.append(
            f"/ip dhcp-server add name={name}{number if len(agents) > 1 else ''} "
            f"interface={_quoted(names.interface(scope.network))} "
            f"address-pool={name} lease-time={_time(scope.lease)}{relay} disabled=no"
        )
    network = f"/ip dhcp-server network add address={scope.network} gateway={scope.router}"
    network += f" dns-server={','.join(map(str, scope.dns))}" if scope.dns else ""
    network += f" domain={_quoted(scope.domain)}" if scope.domain else ""
    return [*lines, network + (f" dhcp-option={name}" if scope.string else "")]


def _value(string: str) -> str:
    """Digits where the text has the quote that would end it."""
    return f"0x{string.encode('ascii').hex()}" if "'" in string else _quoted(f"'{string}'")


def _quoted(text: str) -> str:
    return '"' + backslashed(text, '\\"$') + '"'


def _time(seconds: int) -> str:
    return f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}s"
