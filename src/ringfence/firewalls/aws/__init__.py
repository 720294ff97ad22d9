"""AWS: security groups and network ACLs, each as Terraform and as the JSON of its API."""

from ringfence.firewalls.aws import nacl, sg
from ringfence.firewalls.common.profile import Profile
from ringfence.firewalls.common.target import Configuration, Sample, Target, by_key, by_resource, deferred


def _by_name(sample: Sample) -> bool:
    return (
        sample.keys is not None and "SecurityGroups" not in sample.keys and '"IpPermissions"' in sample.head
    )


def _entries_by_name(sample: Sample) -> bool:
    return sample.keys is not None and "NetworkAcls" not in sample.keys and '"RuleAction"' in sample.head


# EC2 User Guide, connection tracking: TCP 350 s on Nitro v6 instances, five days on those before; a UDP flow
# with more than one request and answer 180 s. The shorter time of TCP is taken.
_TRACKING = Profile(udp=180, tcp=350)

TARGETS = (
    Target(
        name="aws-sg",
        title="AWS security groups",
        capability=sg.TERRAFORM,
        write=sg.write_terraform,
        insert=sg.insert_terraform,
        configuration=Configuration(
            what="AWS security groups (describe-security-groups)",
            take="aws ec2 describe-security-groups",
            recognise=by_key("SecurityGroups"),
            read=deferred(f"{__name__}.read", "read_groups"),
        ),
        profile=_TRACKING,
    ),
    Target(
        name="aws-sg-json",
        title="AWS security groups (JSON)",
        capability=sg.JSON,
        write=sg.write_json,
        insert=sg.insert_json,
        configuration=Configuration(
            what="security groups as permissions by name",
            take="ringfence rules --for aws-sg-json",
            recognise=_by_name,
            read=deferred(f"{__name__}.read", "read_permissions"),
        ),
        profile=_TRACKING,
    ),
    Target(
        name="aws-nacl",
        title="AWS network ACLs",
        capability=nacl.ACL_TERRAFORM,
        write=nacl.write_acl_terraform,
        insert=nacl.insert_entries,
        configuration=Configuration(
            what="AWS network ACLs (describe-network-acls)",
            take="aws ec2 describe-network-acls",
            recognise=by_key("NetworkAcls"),
            read=deferred(f"{__name__}.read", "read_acls"),
        ),
    ),
    Target(
        name="aws-nacl-json",
        title="AWS network ACLs (JSON)",
        capability=nacl.ACL_JSON,
        write=nacl.write_acl_json,
        insert=nacl.insert_entries,
        configuration=Configuration(
            what="network ACLs as entries by name",
            take="ringfence rules --for aws-nacl-json",
            recognise=_entries_by_name,
            read=deferred(f"{__name__}.read", "read_acl_entries"),
        ),
    ),
    Target(
        name="aws-terraform",
        title="AWS in Terraform",
        configuration=Configuration(
            what="AWS security groups or network ACLs in Terraform (text, plan or state)",
            take="terraform show -json",
            recognise=by_resource("aws_(?:vpc_security_group|security_group|network_acl)"),
            read=deferred(f"{__name__}.terraform", "read_terraform"),
        ),
    ),
)
