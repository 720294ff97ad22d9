"""What the EC2 API describes of a campus in a cloud."""

import json
from typing import Any

SITES = [f"10.{30 + n}.0.0/16" for n in range(1, 51)]


def _permission(protocol: str, low: int, high: int, *cidrs: str, **more: Any) -> dict[str, Any]:
    return {
        "IpProtocol": protocol,
        "FromPort": low,
        "ToPort": high,
        "IpRanges": [{"CidrIp": cidr, "Description": "of the campus"} for cidr in cidrs],
        "Ipv6Ranges": [],
        "PrefixListIds": more.get("lists", []),
        "UserIdGroupPairs": more.get("groups", []),
    }


def _group(id_: str, name: str, ingress: list[Any], egress: list[Any]) -> dict[str, Any]:
    return {
        "Description": name,
        "GroupName": name,
        "IpPermissions": ingress,
        "OwnerId": "111122223333",
        "GroupId": id_,
        "IpPermissionsEgress": egress,
        "Tags": [{"Key": "Name", "Value": name}],
        "VpcId": "vpc-0a1b2c3d",
    }


def groups_campus() -> str:
    phones = "10.20.0.0/22"
    groups = [
        _group("sg-dhcp", "dhcp", [_permission("udp", 67, 67, phones, "10.20.0.1/32")], []),
        _group("sg-files", "files", [_permission("tcp", 80, 80, phones, *SITES)], []),
        _group(
            "sg-gatekeeper",
            "gatekeeper",
            [_permission("udp", 1719, 1719, phones), _permission("icmp", 8, -1, phones)],
            [_permission("tcp", 1720, 1720, phones)],
        ),
    ]
    return json.dumps({"SecurityGroups": groups}, indent=4) + "\n"


def groups_plant() -> str:
    everything = {
        "IpProtocol": "-1",
        "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
    }
    groups = [
        _group(
            "sg-mixed",
            "mixed",
            [
                _permission("udp", 1719, 1719, "10.20.0.0/22"),
                _permission("tcp", 22, 22, groups=[{"GroupId": "sg-bastion", "UserId": "111122223333"}]),
                _permission("tcp", 443, 443, lists=[{"PrefixListId": "pl-1234"}]),
                _permission("tcp", 9, 1, "10.20.0.0/22"),
                _permission("tcp", 80, 80, "10.20.0.0/33"),
            ],
            [everything],
        ),
        _group("sg-unnamed", "unnamed", [_permission("udp", 53, 53, *SITES)], [everything]),
        *(_group(f"sg-{n}", f"other {n}", [_permission("tcp", n, n, *SITES)], []) for n in range(1, 9)),
    ]
    return json.dumps({"SecurityGroups": groups}, indent=4) + "\n"


def _entry(number: int, cidr: str, *, egress: bool, action: str = "allow", **more: Any) -> dict[str, Any]:
    return {"CidrBlock": cidr, "Egress": egress, "RuleAction": action, "RuleNumber": number, **more}


def _udp(low: int, high: int) -> dict[str, Any]:
    return {"Protocol": "17", "PortRange": {"From": low, "To": high}}


def _tcp(low: int, high: int) -> dict[str, Any]:
    return {"Protocol": "6", "PortRange": {"From": low, "To": high}}


def acls_campus() -> str:
    phones = "10.20.0.0/22"
    entries = [
        _entry(100, phones, egress=False, **_udp(67, 67)),
        _entry(110, phones, egress=False, **_tcp(80, 80)),
        _entry(120, phones, egress=False, **_udp(1719, 1719)),
        _entry(130, phones, egress=False, Protocol="1", IcmpTypeCode={"Type": 8, "Code": -1}),
        _entry(140, phones, egress=False, **_tcp(61440, 61444)),
        _entry(100, phones, egress=True, **_udp(67, 68)),
        _entry(110, phones, egress=True, **_udp(49300, 49309)),
        _entry(120, phones, egress=True, **_tcp(1024, 65535)),
        _entry(130, phones, egress=True, Protocol="1", IcmpTypeCode={"Type": 0, "Code": 0}),
    ]
    for number, site in enumerate(SITES):
        entries.append(_entry(200 + number, site, egress=False, **_tcp(443, 443)))
        entries.append(_entry(200 + number, site, egress=True, **_tcp(1024, 65535)))
    return _acl(entries)


def acls_plant() -> str:
    phones = "10.20.0.0/22"
    entries = [
        _entry(90, phones, egress=False, action="deny", **_udp(1718, 1718)),
        _entry(100, phones, egress=False, **_udp(1700, 1719)),
        _entry(110, phones, egress=False, Protocol="6", PortRange={"From": 9, "To": 1}),
        _entry(120, "not-a-network", egress=False, **_udp(1, 1)),
        _entry(130, phones, egress=False, action="log", **_udp(2, 2)),
        _entry(140, "10.99.0.0/16", egress=False, Protocol="-1"),
        _entry(100, "0.0.0.0/0", egress=True, Protocol="-1"),
    ]
    for number, site in enumerate(SITES):
        entries.append(_entry(200 + number, site, egress=False, **_tcp(443, 443)))
    return _acl(entries)


def _acl(entries: list[dict[str, Any]]) -> str:
    last = [_entry(32767, "0.0.0.0/0", egress=way, action="deny", Protocol="-1") for way in (True, False)]
    acl = {
        "Associations": [
            {"NetworkAclAssociationId": "aclassoc-1", "NetworkAclId": "acl-dc", "SubnetId": "subnet-dc"}
        ],
        "Entries": entries + last,
        "IsDefault": False,
        "NetworkAclId": "acl-dc",
        "Tags": [],
        "VpcId": "vpc-0a1b2c3d",
    }
    return json.dumps({"NetworkAcls": [acl]}, indent=4) + "\n"
