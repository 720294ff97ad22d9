"""The comments of a site file that `ringfence init` writes: what the schema says of each of its keys."""

from ringfence.model.language.document import Path
from ringfence.model.language.schema import of_site
from ringfence.model.language.second import SiteText

_KEYS = ("voice", "data", "routed_by", "relay", "uplink", "signalling", "ras_ports", "family")
_AROUND = "Around servers /24 is assumed, a /29 for a link of router and firewall: correct what differs."


def notes_of(site: SiteText, made: str) -> dict[Path, str]:
    """By the path of a key; `made` says where the file is from."""
    parts = of_site()["$defs"]
    top, group = parts["SiteText"]["properties"], parts["PhonesText"]["properties"]
    notes: dict[Path, str] = {
        (): f"{made} `ringfence schema --markdown` has every key; `ringfence prove` says whether it holds.",
        ("zones",): "Networks that reach each other without crossing a firewall, by name. " + _AROUND,
        ("firewalls",): top["firewalls"]["description"],
        ("servers",): parts["ServersText"]["description"],
        ("phones",): "Groups of phones that are told the same things, by name.",
    }
    for name in site.phones:
        notes |= {("phones", name, key): _said(group[key]) for key in _KEYS}
    return notes


def _said(value: dict[str, object]) -> str:
    """A key that may be left out has its description beside the alternative, or within it."""
    alternatives = value.get("anyOf", ())
    assert isinstance(alternatives, list | tuple)
    return next(str(each["description"]) for each in (value, *alternatives) if "description" in each)
