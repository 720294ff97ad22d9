"""Cisco IOS and IOS-XE access lists."""

from ringfence.firewalls.cisco_ios import insert, local, merge, write
from ringfence.firewalls.common.local import Local
from ringfence.firewalls.common.target import Configuration, Target, by_lines, deferred

TARGETS = (
    Target(
        name="cisco-ios-lists",
        title="Cisco IOS, show ip access-lists",
        configuration=Configuration(
            what="show ip access-lists output, which does not say where its lists are bound",
            take="show running-config",
            recognise=by_lines(r"^(Extended|Standard) IP access list \S+[ \t]*\r?$"),
        ),
    ),
    Target(
        name="cisco-ios",
        title="Cisco IOS",
        capability=write.CAPABILITY,
        write=write.write,
        insert=insert.insert,
        merge=merge.merge,
        # An inbound list also judges what is meant for the router; none judges what the router sends.
        local=Local(inward=True, write=local.broadcast_entries),
        configuration=Configuration(
            what="a Cisco IOS configuration",
            take="show running-config",
            recognise=by_lines(
                r"^ip access-list (standard|extended) |^access-list \d+ (permit|deny|remark|dynamic) |"
                r"^version \d+\.\d+\r?$|^ ip access-group \S+ (in|out)|^ip access-group |"
                r"^object-group (network|service) |^Building configuration"
            ),
            read=deferred(f"{__name__}.read", "read"),
        ),
    ),
)
