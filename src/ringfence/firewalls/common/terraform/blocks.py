"""The blocks of Terraform, whether from its language or from the JSON of a plan, and what they refer to."""

from collections.abc import Iterable

from ringfence.firewalls.common.json_text import Json, decoded
from ringfence.firewalls.common.terraform.language import Computed, TerraformBlock, terraform_blocks
from ringfence.firewalls.common.terraform.plan import is_plan, plan_blocks
from ringfence.model.errors import InputError

_WHAT = "Terraform plan"


def terraform_of(text: str) -> list[TerraformBlock]:
    """The blocks. InputError for a text that is neither the language nor a plan."""
    if text.lstrip("\ufeff \t\r\n")[:1] != "{":
        return terraform_blocks(text)
    found = decoded(text, _WHAT)
    if not is_plan(found):
        raise InputError("neither planned nor present values", where=_WHAT, remedy="terraform show -json")
    return plan_blocks(found)


def resources(found: Iterable[TerraformBlock], *kinds: str) -> list[TerraformBlock]:
    """The resources of these kinds."""
    return [
        one for one in found if one.kind == "resource" and len(one.labels) == 2 and one.labels[0] in kinds
    ]


def many(block: TerraformBlock) -> bool:
    """Whether Terraform computes how many there are of it, or of its blocks."""
    return bool({"count", "for_each"} & block.values.keys() or block.all("dynamic"))


def referred(value: Json, kind: str) -> str:
    """The name of the resource of that kind that an expression refers to; "" where it does not plainly."""
    if not isinstance(value, Computed):
        return ""
    words = value.text.strip('"').removeprefix("${").removesuffix("}").split(".")
    plain = len(words) == 3 and words[0] == kind and all(word.strip() == word for word in words)
    return words[1] if plain else ""
