"""Palo Alto Networks PAN-OS."""

from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import (
    Configuration,
    Matching,
    Target,
    TranslationOrder,
    by_lines,
    deferred,
)
from ringfence.firewalls.panos import merge, write
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="panos",
        title="PAN-OS",
        translation=TranslationOrder(
            Matching.OUTSIDE,
            Basis(
                Evidence.VENDOR, "PAN-OS, NAT: rules match addresses before translation and zones after it"
            ),
        ),
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        merge=merge.merge,
        local=Local(
            inward=True,
            outward=True,
            doubt="whether the relay agent's own packets meet the security policy is not in the sources",
            notes=(
                "whether the relay's own packets meet the security policy is not in the sources: the rules "
                "own-* are the usual advice, and harmless where they do not",
            ),
        ),
        configuration=Configuration(
            what="a PAN-OS configuration",
            take="set cli config-output-format set, then configure and show",
            recognise=by_lines(
                r"^[ \t]*<config\b|^set (shared |device-group \S+ |deviceconfig |vsys \S+ )?"
                r"((pre-|post-)?rulebase |address \S+ (ip-|fqdn)|mgt-config )|^set zone \S+ network "
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
        # PAN-OS Administrator's Guide, session timeouts and ALG.
        profile=Profile(
            udp=30,
            tcp=3600,
            icmp=6,
            h323=True,
            off=tuple(
                f"set shared alg-override application {name} alg-disabled yes" for name in ("h323", "h225")
            ),
        ),
    ),
)
