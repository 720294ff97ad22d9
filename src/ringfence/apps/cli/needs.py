"""The words of --widen, of every verb that has it."""

from collections.abc import Sequence

from ringfence.firewalls.common.capability import Need
from ringfence.model.errors import InputError


def needs_given(given: Sequence[str]) -> frozenset[Need]:
    """The words of --widen. InputError for any other."""
    known = ", ".join(need.value for need in Need)
    try:
        return frozenset(Need(word) for word in given)
    except ValueError as error:
        raise InputError(str(error), where="--widen", remedy=f"one of: {known}") from None
