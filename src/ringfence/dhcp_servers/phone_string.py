"""Option 242/176 of a group's VLANs: what phones are told where they boot, and where they work.

The VLAN that they boot on names the voice VLAN alone, the voice VLAN names the servers (configurations that
administrators published): a phone that falls back to the first learns nothing there that no rule permits.
"""

from collections.abc import Sequence

from ringfence.model.site import Discovery, FileServer, Gatekeeper, Group, Scheme
from ringfence.wire.phone_options import write_option_string

_Parameter = tuple[str, str | int | list[str]]


def phone_strings(group: Group) -> dict[str, str]:
    """The string of each VLAN of the group, by the names in `Group.vlans`; empty: none is needed.

    InputError for a name or directory that no string can bear.
    """
    strings = {"voice": write_option_string(_servers(group))}
    if group.moves:
        strings["data"] = write_option_string(
            [("L2Q", 1), ("L2QVLAN", group.voice.id), ("VLANTEST", group.calls.vlan_test)]
        )
    return strings


def _servers(group: Group) -> list[_Parameter]:
    parameters: list[_Parameter] = []
    if group.calls.discovery is Discovery.UNICAST:
        told = [each for each in group.gatekeepers if each not in group.alternates]
        parameters += [("MCIPADD", _told(told)), ("MCPORT", group.gatekeepers[0].ras_port)]
    for scheme, kind in ((Scheme.HTTPS, "TLS"), (Scheme.HTTP, "HTTP"), (Scheme.TFTP, "TFTP")):
        servers = [each for each in group.files if each.scheme is scheme]
        if not servers:
            continue
        directory: list[_Parameter] = [(f"{kind}DIR", servers[0].directory)] if servers[0].directory else []
        # On 46xx sets TFTPDIR must precede TFTPSRVR (4600 LAN guide p. 51), and the port is 69.
        parameters += directory if scheme is Scheme.TFTP else []
        parameters.append((f"{kind}SRVR", _told(servers)))
        if scheme is not Scheme.TFTP:
            parameters += [(f"{kind}PORT", servers[0].port), *directory]
    return parameters


def _told(servers: Sequence[FileServer | Gatekeeper]) -> list[str]:
    """Each by its name where it has one, once for all addresses of the name."""
    return list(dict.fromkeys(each.host or str(each.address) for each in servers))
