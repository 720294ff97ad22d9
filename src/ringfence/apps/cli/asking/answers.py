"""Answers -> the site in the words of the language."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network

from ringfence.apps.cli.asking.questions import (
    THE_FIREWALL,
    Answers,
    FilesAnswer,
    addresses_of,
    file_servers_of,
)
from ringfence.model.defaults import SITE_OPTION, SITE_OPTION_46XX
from ringfence.model.language.reading import written_ports
from ringfence.model.language.resolve import around
from ringfence.model.language.second import (
    DhcpText,
    FilesText,
    FirewallText,
    GatekeeperText,
    PhonesText,
    ServersText,
    SiteText,
    VlanText,
    ZoneText,
)
from ringfence.model.site import CallControl, Family

_GROUP = "office"
_EDGE = "edge"
_SMALLEST_LINK = 29  # a link between router and firewall: of that size where nothing else is known (assumed)


def site_of(answers: Answers) -> SiteText:
    """The site of these answers, which were checked one by one; whether it makes sense is for `parse`."""
    data = answers.get("data", "")
    return SiteText(
        site=answers["site"],
        zones=_zones(answers),
        firewalls={_EDGE: FirewallText(addresses=tuple(addresses_of(answers["firewall"])))},
        servers=_servers(answers),
        phones={
            _GROUP: PhonesText(
                voice=VlanText(
                    network=IPv4Network(answers["voice"]),
                    vlan=int(answers["vlan"]),
                    router="" if answers["router"] == THE_FIREWALL else answers["router"],
                ),
                data=VlanText(network=IPv4Network(data), router=answers.get("data_router", ""))
                if data
                else None,
                routed_by=_EDGE if answers["router"] == THE_FIREWALL else "",
                relay=(answers["relay"],) if "relay" in answers else (),
                uplink=IPv4Address(answers["uplink"]) if "uplink" in answers else None,
                signalling=CallControl(answers["signalling"]),
                family=Family(answers["family"]),
                ras_ports=written_ports(answers["ras_ports"]),
            )
        },
    )


def _zones(answers: Answers) -> dict[str, ZoneText]:
    """Phones with the link of their router to the firewall, and what lies around each server."""
    phones = [IPv4Network(answers[key]) for key in ("data", "voice") if answers.get(key)]
    away = [each for each in _server_addresses(answers) if not _inside(each, phones)]
    servers = list(dict.fromkeys(map(around, away)))
    asking = [
        IPv4Address(answers[key]) for key in ("relay", "uplink") if answers.get(key, "giaddr") != "giaddr"
    ]
    for address in (*addresses_of(answers["firewall"]), *asking):
        if not _inside(address, [*phones, *servers]):
            phones.append(IPv4Network(f"{address}/{_SMALLEST_LINK}", strict=False))
    return {"phones": ZoneText(networks=tuple(phones)), "servers": ZoneText(networks=tuple(servers))}


def _server_addresses(answers: Answers) -> list[IPv4Address]:
    files = [each.address for each in file_servers_of(answers["files"])]
    return [*addresses_of(answers["dhcp"]), *files, *addresses_of(answers["gatekeepers"])]


def _inside(address: IPv4Address, networks: Iterable[IPv4Network]) -> bool:
    return any(address in network for network in networks)


def _servers(answers: Answers) -> ServersText:
    old = answers["family"] == Family.AVAYA_46XX.value
    return ServersText(
        dhcp=tuple(
            DhcpText(address=(each,), option=SITE_OPTION_46XX if old else SITE_OPTION)
            for each in addresses_of(answers["dhcp"])
        ),
        files=_files(file_servers_of(answers["files"])),
        gatekeepers=tuple(GatekeeperText(address=(each,)) for each in addresses_of(answers["gatekeepers"])),
    )


def _files(servers: Sequence[FilesAnswer]) -> tuple[FilesText, ...]:
    """A server that serves two ways is two, each with a name of its own."""
    count = {each.address: 0 for each in servers}
    for each in servers:
        count[each.address] += 1
    return tuple(
        FilesText(
            address=(each.address,),
            name=f"{each.scheme}-{number}" if count[each.address] > 1 else "",
            scheme=each.scheme,
            port=each.port,
        )
        for number, each in enumerate(servers, 1)
    )
