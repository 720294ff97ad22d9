"""Fortinet FortiOS."""

from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_lines, deferred
from ringfence.firewalls.fortios import write

TARGETS = (
    Target(
        name="fortios",
        title="FortiOS",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
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
