"""The reference page of the site language, made from its classes: every key with what it says of itself."""

from typing import Any

from ringfence.model.language.schema import of_site

_PARTS = (
    ("SiteText", "A site file"),
    ("ZoneText", "zones: NAME"),
    ("FirewallText", "firewalls: NAME"),
    ("NatText", "firewalls: NAME: nat"),
    ("ServersText", "servers"),
    ("DhcpText", "servers.dhcp"),
    ("FilesText", "servers.files"),
    ("GatekeeperText", "servers.gatekeepers"),
    ("PhonesText", "phones: NAME, all_phones"),
    ("VlanText", "voice, data"),
    ("TableText", "phones_table"),
    ("MediaText", "media"),
    ("MediaGatewayText", "media.gateways"),
    ("MonitoringText", "monitoring"),
    ("ServiceText", "monitoring: each"),
)


def as_markdown() -> str:
    """The tables of all parts, in the order in which a file is written."""
    parts = of_site()["$defs"]
    lines: list[str] = []
    for name, title in _PARTS:
        part = parts[name]
        full = part if "properties" in part else part["anyOf"][0]
        lines += [f"## `{title}`", "", full.get("description", "").split("\n\n")[0].replace("\n", " "), ""]
        lines += ["| key | value | default | meaning | source |", "|---|---|---|---|---|"]
        required = full.get("required", ())
        lines += [_row(key, value, key in required) for key, value in full["properties"].items()]
        lines.append("")
    return "\n".join(lines)


def _row(key: str, value: dict[str, Any], required: bool) -> str:
    said = next(each for each in (value, *value.get("anyOf", ())) if "x-source" in each)
    default = "required" if required else _default(value)
    cells = (f"`{key}`", _kind(value, said.get("x-unit", "")), default, said["description"], said["x-source"])
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _default(value: dict[str, Any]) -> str:
    given = value.get("default")
    if given in (None, "", [], {}, ()):
        return "none"
    return f"`{str(given).lower() if isinstance(given, bool) else given}`"


def _kind(value: dict[str, Any], unit: str) -> str:
    """The type in words."""
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    if "$ref" in value:
        name = value["$ref"].rsplit("/", 1)[-1]
        return _ENUMS.get(name) or f"see {dict(_PARTS).get(name, name)}"
    if "anyOf" in value:
        kinds = [_kind(each, unit) for each in value["anyOf"] if each.get("type") != "null"]
        return kinds[0] if len(set(kinds)) == 1 else " or ".join(dict.fromkeys(kinds))
    if value.get("type") == "array":
        return f"a list of them: {_kind(value['items'], unit)}" if "items" in value else "a list"
    if value.get("type") == "object":
        inner = value.get("additionalProperties")
        return f"NAME: {_kind(inner, unit)}" if isinstance(inner, dict) else "a mapping"
    if value.get("format") == "ipv4":
        return "IPv4 address"
    if "pattern" in value:
        return "IPv4 network" if "/" in value["pattern"] else "port, range or `any`"
    if value.get("type") == "integer":
        ends = f" {value['minimum']}-{value['maximum']}" if "maximum" in value else ""
        return f"{unit or 'number'}{ends}"
    return "text"


_ENUMS = {
    name: ", ".join(f"`{each}`" for each in part["enum"])
    for name, part in of_site()["$defs"].items()
    if "enum" in part
}
