"""OPNsense, by its API, and pfSense; config.xml of both is read."""

from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Target, by_lines, deferred
from ringfence.firewalls.opnsense import write

# pf.conf(5): udp.multiple, tcp.established, icmp.first, which both leave as they are.
_TRACKING = Profile(udp=60, tcp=86_400, icmp=20)

_LOCAL = Local(
    inward=True,
    notes=(
        "the rules own-* are for its relay agent; what phones broadcast is read before pf, and what "
        "the box itself sends passes by a rule of its own",
    ),
)
TARGETS = (
    Target(
        name="opnsense",
        title="OPNsense",
        capability=write.CAPABILITY,
        write=write.write,
        insert=write.insert,
        local=_LOCAL,
        configuration=Configuration(
            what="OPNsense config.xml",
            take="System > Configuration > Backups > Download (config.xml)",
            recognise=by_lines(r"<opnsense>"),
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=_TRACKING,
    ),
    Target(
        name="pfsense",
        title="pfSense",
        local=_LOCAL,
        configuration=Configuration(
            what="pfSense config.xml",
            take="Diagnostics > Backup & Restore > Download configuration as XML",
            recognise=by_lines(r"<pfsense>"),
            read=deferred(f"{__name__}.read", "read"),
        ),
        profile=_TRACKING,
    ),
)
