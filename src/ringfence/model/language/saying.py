"""What schema and reference page say of a key of the language."""

import msgspec

OWN = "your network"


def says(
    description: str, source: str, *, unit: str = "", ge: int | None = None, le: int | None = None
) -> msgspec.Meta:
    """What schema and reference page say of a key. `source`: where its default or its need is from."""
    extra = {"x-source": source, **({"x-unit": unit} if unit else {})}
    return msgspec.Meta(description=description, extra_json_schema=extra, ge=ge, le=le)


def says_port(description: str, source: str) -> msgspec.Meta:
    """The same of one port."""
    return says(description, source, unit="port", ge=1, le=65535)
