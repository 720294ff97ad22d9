"""Cisco IOS and IOS-XE extended access lists: stateless, so every reply has its exact reverse rule.

Written from the Cisco IOS Security Command Reference (ip access-list extended, permit, ip access-group).
"""

from ringfence.firewalls.common.ace import entries, with_wildcard
from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import FULL, Capability, Need
from ringfence.firewalls.common.document import Device, Rendered, by_interface
from ringfence.firewalls.common.naming import checked_id, checked_stem
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, versioned
from ringfence.model.policy import Policy
from ringfence.policy.reverse import with_replies

CAPABILITY = Capability("cisco-ios", FULL - {Need.IPV6}, zones=True, stateful=False, stateless=True)


def write(policy: Policy, device: Device) -> Rendered:
    """The lists as text; zones are interface names. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    whole = with_replies(policy)
    stem = versioned(checked_stem(device.name), whole)
    # One list for each interface on which packets come in, openers and replies alike.
    by_zone = by_interface(whole, device)
    names = {zone: f"{stem}-{number}" for number, zone in enumerate(by_zone, start=1)}
    lines = header(policy, device, "!", "Cisco IOS", zones=True)
    for zone, found in by_zone.items():
        lines.append(f"ip access-list extended {names[zone]}")
        for crossing in found:
            lines.append(f" remark {remark(checked_id(crossing.id), crossing.rule)}")
            lines += [
                f" {entry}"
                for entry in entries(crossing.rule, with_wildcard, established=crossing.rule.reply)
            ]
        if device.log:
            lines.append(" deny ip any any log")
    bind = [line for zone in by_zone for line in (f"interface {zone}", f" ip access-group {names[zone]} in")]
    back = [
        line
        for zone in by_zone
        for line in (
            f"interface {zone}",
            " ! where it had a list, only: ip access-group PREVIOUS-LIST in",
            f" no ip access-group {names[zone]} in",
        )
    ]
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=(
            "show running-config | include ^interface|access-group",
            "configure terminal revert timer 10",
            f"! paste the lists {stem}-*; their names are new, so no interface is without a list at any time",
            *bind,
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
        notes=_NOTES,
        widenings=widenings,
    )


_NOTES = (
    UNVERIFIED,
    "a list already bound to the interface is replaced: carry its other entries over before the swap",
    "the list also meets what is meant for the router itself: routing protocols, management, and, "
    "where "
    "this router is the relay, the clients' own DHCP broadcasts (udp 0.0.0.0 port 68 to "
    "255.255.255.255 port 67)",
    "replies over TCP are admitted with ACK or RST only; replies over UDP by their exact ports",
    "the revert timer needs an archive (archive, then path flash:before); without one leave it out",
    "paste a list once: if show ip access-lists knows its name, it is in place already",
    "where this router translates addresses it also rewrites RAS (no ip nat service ras ends that) "
    "and H.225 (no ip nat service H225: this form is not verified)",
    "object groups are not used: the sources disagree on their mask, and older releases lack them",
)
