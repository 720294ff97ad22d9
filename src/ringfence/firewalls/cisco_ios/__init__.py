"""Cisco IOS and IOS-XE access lists."""

from ringfence.firewalls.cisco_ios import insert, read, write
from ringfence.firewalls.common.target import Configuration, Target, by_lines

TARGETS = (
    Target(
        name="cisco-ios",
        title="Cisco IOS",
        capability=write.CAPABILITY,
        write=write.write,
        insert=insert.insert,
        configuration=Configuration(
            what="a Cisco IOS configuration",
            take="show running-config",
            recognise=by_lines(
                r"^ip access-list (standard|extended) |^access-list \d+ (permit|deny|remark|dynamic) |"
                r"^version \d+\.\d+\r?$|^ ip access-group \S+ (in|out)|^ip access-group |"
                r"^object-group (network|service) |^Building configuration"
            ),
            read=read.read,
        ),
    ),
)
