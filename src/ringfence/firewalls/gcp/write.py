"""Google Cloud VPC firewall rules as Terraform: stateful, at the instance; no source ports or ICMP types.

Written from the Terraform Google provider 6 (google_compute_firewall; source and destination ranges together
on ingress) and the VPC firewall rules overview (implied rules: deny ingress, allow egress).
"""

from ringfence.firewalls.common.annotation import header, remark
from ringfence.firewalls.common.capability import Capability, Need
from ringfence.firewalls.common.document import Device, Rendered
from ringfence.firewalls.common.insertion import Insertion, InsertionPoint, insertion
from ringfence.firewalls.common.naming import checked_id, checked_stem, fit
from ringfence.firewalls.common.screening import screen
from ringfence.firewalls.common.shape import UNVERIFIED, attachments, inside_networks, shape_word
from ringfence.firewalls.common.tags import ATTACHED
from ringfence.firewalls.common.terraform.state import removed_from_state
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule

_CAN = frozenset({Need.ICMP, Need.IPV6, Need.DENY, Need.LOG, Need.LOCAL_ADDRESS})
CAPABILITY = Capability("gcp", _CAN, zones=True, one_zone=True)
_FIRST, _FINAL = 1000, 60000  # priorities run to 65535, where the implied rules are
_ICMPV6 = "58"


def write(policy: Policy, device: Device) -> Rendered:
    """The rules as Terraform. InputError for what cannot be written as stated."""
    policy, widenings = screen(policy, CAPABILITY, device.widen)
    stem = checked_stem(device.name).lower()
    inside = inside_networks(device, CAPABILITY.target)
    lines = _rules(policy, device)
    final = ("  deny {", '    protocol = "all"', "  }", *(_LOGGED if device.log else ()))
    for version in sorted({rule.version for rule in policy.rules}):
        here = tuple(net for net in inside if net.version == version)
        there = tuple(
            net for z in device.zones for net in z.networks if net not in inside and net.version == version
        )
        if here and there:
            # Egress is permitted unless denied; ingress is denied unless permitted, and that is not logged.
            lines += _resource(f"{stem}-final-out-ipv{version}", _FINAL, False, (here, there), final)
            if device.log:
                lines += _resource(f"{stem}-final-in-ipv{version}", _FINAL, True, (there, here), final)
    return Rendered(
        target=CAPABILITY.target,
        text="\n".join(lines) + "\n",
        apply=("terraform plan -out plan", "terraform apply plan"),
        verify=(
            "terraform plan -detailed-exitcode",
            f"gcloud compute firewall-rules list --filter='name~^{stem}-'",
        ),
        rollback=removed_from_state(stem),
        notes=(
            UNVERIFIED,
            "other rules with a lower priority number still decide first: gcloud compute networks "
            "get-effective-firewalls <NETWORK>",
            "the API of earlier years refuses destination ranges on ingress: an error, not a wider rule",
            "tracked connections stay open after a rule is removed until they fall idle (ten minutes)",
        ),
        widenings=widenings,
    )


def insert(policy: Policy, device: Device, _at: InsertionPoint | None) -> Insertion:
    """The rules without the final deny of what leaves."""
    where = "rules add up; one with a lower priority number that denies would still decide first"
    return insertion(where, _rules(policy, device))


def _rules(policy: Policy, device: Device) -> list[str]:
    stem = checked_stem(device.name).lower()
    inside = inside_networks(device, CAPABILITY.target)
    lines = header(policy, device, "#", "Google Cloud", zones=True)
    lines += [
        'variable "network" {',
        "  type        = string",
        f'  description = "{ATTACHED} {" ".join(map(str, inside))}"',
        "}",
    ]
    for number, rule in enumerate(policy.rules):
        for inbound in sorted({item.inbound for item in attachments(rule, inside, CAPABILITY.target)}):
            name = _name(f"{stem}-{checked_id(rule.id)}-{'in' if inbound else 'out'}")
            service = _service(rule, shape_word(rule, "allow", "deny"))
            about = f'  description        = "{remark(checked_id(rule.id), rule)}"'
            ends = (rule.source, rule.destination)
            lines += _resource(name, _FIRST + number, inbound, ends, (about, *service))
    return lines


def _name(name: str) -> str:
    return fit(name.lower().replace(".", "-"), 62).replace("_", "-")


_LOGGED = ("  log_config {", '    metadata = "INCLUDE_ALL_METADATA"', "  }")


def _service(rule: Rule, block: str) -> tuple[str, ...]:
    protocol = _ICMPV6 if rule.protocol is Protocol.ICMPV6 else rule.protocol.word
    ports = () if rule.destination_ports == ANY_PORT else (f'    ports    = ["{rule.destination_ports}"]',)
    return (f"  {block} {{", f'    protocol = "{protocol}"', *ports, "  }")


def _resource(
    name: str,
    priority: int,
    inbound: bool,
    ends: tuple[tuple[Network, ...], tuple[Network, ...]],
    rest: tuple[str, ...],
) -> list[str]:
    source, destination = (", ".join(f'"{net}"' for net in end) for end in ends)
    return [
        f'resource "google_compute_firewall" "{name}" {{',
        f'  name               = "{name}"',
        "  network            = var.network",
        f'  direction          = "{"INGRESS" if inbound else "EGRESS"}"',
        f"  priority           = {priority}",
        f"  source_ranges      = [{source}]",
        f"  destination_ranges = [{destination}]",
        *rest,
        "}",
    ]
