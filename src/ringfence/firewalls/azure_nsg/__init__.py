"""Azure network security groups: JSON of the command line, the API and templates, and Terraform."""

from ringfence.firewalls.azure_nsg import write
from ringfence.firewalls.azure_nsg.insert import insert
from ringfence.firewalls.common.target import Configuration, Sample, Target, by_resource, deferred

_SIGNS = ('"securityRules"', '"effectiveSecurityRules"', "Microsoft.Network/networkSecurityGroups")


def _groups(sample: Sample) -> bool:
    return sample.keys is not None and any(sign in sample.head for sign in _SIGNS)


TARGETS = (
    Target(
        name="azure-nsg",
        title="Azure",
        capability=write.CAPABILITY,
        write=write.write,
        insert=insert,
        configuration=Configuration(
            what="Azure network security groups (az network nsg, list-effective-nsg, or a template)",
            take="az network nsg show --resource-group <GROUP> --name <NSG>",
            recognise=_groups,
            read=deferred(f"{__name__}.read", "read"),
        ),
    ),
    Target(
        name="azure-terraform",
        title="Azure in Terraform",
        configuration=Configuration(
            what="Azure network security groups in Terraform (text, plan or state)",
            take="terraform show -json",
            recognise=by_resource("azurerm_network_security_"),
            read=deferred(f"{__name__}.terraform", "read_azure_terraform"),
        ),
    ),
)
