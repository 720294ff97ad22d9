"""AWS: security groups and network ACLs, each as Terraform and as the JSON of its API."""

from ringfence.firewalls.aws import nacl, sg
from ringfence.firewalls.aws.read import read_acls, read_groups
from ringfence.firewalls.common.target import Configuration, Target, by_key

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
            read=read_groups,
        ),
    ),
    Target(
        name="aws-sg-json",
        title="AWS security groups (JSON)",
        capability=sg.JSON,
        write=sg.write_json,
        insert=sg.insert_json,
    ),
    Target(
        name="aws-nacl",
        title="AWS network ACLs",
        capability=nacl.ACL_TERRAFORM,
        write=nacl.write_acl_terraform,
        configuration=Configuration(
            what="AWS network ACLs (describe-network-acls)",
            take="aws ec2 describe-network-acls",
            recognise=by_key("NetworkAcls"),
            read=read_acls,
        ),
    ),
    Target(
        name="aws-nacl-json",
        title="AWS network ACLs (JSON)",
        capability=nacl.ACL_JSON,
        write=nacl.write_acl_json,
    ),
)
