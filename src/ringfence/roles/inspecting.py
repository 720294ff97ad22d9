"""Who looks into RAS and call signalling at a site's firewalls, on which ports."""

from ringfence.model.inspections import inspection_of
from ringfence.model.nat import InspectionKind
from ringfence.model.site import CallControl, Site
from ringfence.policy.filter import StatefulFilter
from ringfence.policy.inspection.documented import DocumentedInspection
from ringfence.policy.inspection.linux_helper import LinuxHelper


def inspection(
    site: Site, firewall: str, filter_: StatefulFilter
) -> LinuxHelper | DocumentedInspection | None:
    """A fresh model of the firewall's inspection, beside its filter; None: it has none."""
    kind = site.firewall(firewall).inspection
    if kind is InspectionKind.OFF:
        return None
    if kind is InspectionKind.LINUX_HELPER:
        return LinuxHelper(inspected_ras_ports(site), inspected_signalling_ports(site), filter_.lives)
    return DocumentedInspection(inspection_of(kind), inspected_ras_ports(site))


def inspected_ras_ports(site: Site) -> tuple[int, ...]:
    """The UDP ports that gatekeepers are asked at."""
    return tuple(dict.fromkeys(each.ras_port for group in site.groups for each in group.gatekeepers))


def inspected_signalling_ports(site: Site) -> tuple[int, ...]:
    """The TCP ports at which call signalling is opened, but for TLS, which nobody can look into."""
    found: dict[int, None] = {}
    for group in site.groups:
        if group.calls.call_control is CallControl.GATEKEEPER:
            found[group.calls.signalling_port] = None
        found |= dict.fromkeys(each.signalling_port for each in group.gatekeepers)
    return tuple(found)
