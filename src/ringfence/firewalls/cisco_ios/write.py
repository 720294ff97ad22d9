"""Cisco IOS and IOS-XE extended access lists: stateless, so every reply has its exact reverse rule.

Written from the Cisco IOS Security Command Reference (ip access-list extended, permit, ip access-group).
"""

from ringfence.firewalls.common.ace.entry import bind_commands, entries, final_denies, with_wildcard
from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.document import Device, Rendered, by_interface
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.scope import zone_pairs
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, versioned
from ringfence.model.policy import Policy
from ringfence.policy.reverse import with_replies

CAPABILITY = Capability(
    "cisco-ios",
    FULL - {Need.IPV6},
    zones=True,
    stateful=False,
    stateless=True,
    zone_names=True,
    exclusive=True,
)


def write(policy: Policy, device: Device) -> Rendered:
    """The lists as text; zones are interface names. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    whole = with_replies(policy)
    stem = versioned(checked_stem(device.name), whole)
    # One list for each interface on which packets come in, openers and replies alike.
    by_zone = by_interface(whole, device)
    pairs = () if device.exclusive else zone_pairs(policy, device)
    zones = dict.fromkeys((*by_zone, *(pair.source_zone for pair in pairs)))
    names = {zone: f"{stem}-{number}" for number, zone in enumerate(zones, start=1)}
    lines = header(policy, device, "!", "Cisco IOS", zones=True)
    for zone, name in names.items():
        lines.append(f"ip access-list extended {name}")
        for crossing in by_zone.get(zone, ()):
            lines.append(f" remark {remark(checked_id(crossing.id), crossing.rule)}")
            lines += [
                f" {entry}"
                for entry in entries(crossing.rule, with_wildcard, established=crossing.rule.reply)
            ]
        last = final_denies(pairs, zone, with_wildcard, (4,), log=device.log)
        if device.log and device.exclusive:
            last = ["deny ip any any log"]
        lines += [f" {entry}" for entry in last]
    bind = tuple(
        line for zone, name in names.items() for line in (f"interface {zone}", f" ip access-group {name} in")
    )
    back = [
        line
        for zone, name in names.items()
        for line in (
            f"interface {zone}",
            f" no ip access-group {name} in",
            "! where it had a list, this too, without the ! in front:",
            "! ip access-group <PREVIOUS-LIST> in",
        )
    ]
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "show running-config | include ^interface|access-group",
            "configure terminal revert timer 10",
            f"! paste the lists {stem}-*; their names are new, so no interface is without a list at any time",
            *bind_commands(
                bind, device, "permit ip any any, as an interface without a list passes everything"
            ),
            "end",
            "configure confirm",
        ),
        verify=tuple(f"show ip access-lists {name}" for name in names.values()),
        rollback=(
            "configure terminal",
            *back,
            *(f"no ip access-list extended {name}" for name in names.values()),
            "end",
        ),
        notes=(UNVERIFIED, _OWNING if device.exclusive else _SHARED, *_NOTES),
        widenings=widenings,
        bind=bind,
    )


_OWNING = "each list is the only one of its interface: all other traffic that enters there is dropped"
_SHARED = (
    "what no entry permits is denied between these zones; an interface has one list, so put two sites of one "
    "router into one text: ringfence rules SITE SITE"
)
_NOTES = (
    "the list also meets what is meant for the router itself: routing protocols, management, and, "
    "where "
    "this router is the relay, the clients' own DHCP broadcasts (udp 0.0.0.0 port 68 to "
    "255.255.255.255 port 67)",
    "replies over TCP are admitted with ACK or RST only; replies over UDP by their exact ports",
    "the revert timer needs an archive (archive, then path flash:before); without one: reload in 10 before, "
    "and reload cancel once all works",
    "--log: the first packet of a flow and then one count every five minutes; ip access-list logging "
    "interval and logging rate-limit bound what that costs",
    "paste a list once: if show ip access-lists knows its name, it is in place already",
    "where this router translates addresses it also rewrites RAS (no ip nat service ras ends that) "
    "and H.225 (no ip nat service H225: this form is not verified)",
    "object groups are not used: the sources disagree on their mask, and older releases lack them",
)
