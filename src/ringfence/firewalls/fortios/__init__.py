"""Fortinet FortiOS."""

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
from ringfence.firewalls.fortios import local, merge, write
from ringfence.model.flow import Basis, Evidence

TARGETS = (
    Target(
        name="fortios",
        title="FortiOS",
        translation=TranslationOrder(
            Matching.INSIDE,
            Basis(Evidence.VENDOR, "FortiOS with central NAT; without it a policy names the virtual IP"),
        ),
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        merge=merge.merge,
        local=Local(
            write=local.local_in_policies,
            notes=(
                "local-in policies accept by default: these are needed only above one that denies udp 67 to "
                "the unit; the phones' broadcasts never meet them, and what the unit sends meets no policy",
            ),
        ),
        configuration=Configuration(
            what="a FortiOS configuration",
            take="show full-configuration",
            recognise=by_lines(r"^#config-version=FG|^[ \t]*config (firewall|system|vdom|router|vpn|user)\b"),
            read=deferred(f"{__name__}.read", "read"),
        ),
        # FortiOS CLI Reference: system session-ttl, udp-idle-timer, session-helper.
        profile=Profile(
            udp=180,
            tcp=3600,
            h323=True,
            off=(
                "show system session-helper",
                "config system session-helper",
                "    delete NUMBER   # of ras (udp 1719) and of h323 (tcp 1720)",
                "end",
            ),
        ),
    ),
)
