"""The string without quotes round its lists, for devices that take quotes for their own.

Published configurations mostly leave them out; a phone reads a list on to the next NAME= either way.
"""

from ringfence.dhcp_servers.scopes import PhoneScope
from ringfence.model.errors import InputError
from ringfence.wire.phone_options import parse_option_string

BARE_NOTE = "lists stand without quotes, as in published configurations: the device takes quotes for its own"


def bare(scope: PhoneScope) -> str:
    """InputError where it would say something else then, or has what the device would take for its own."""
    string = scope.string.replace('"', "")
    same = {(each.name, each.value) for each in parse_option_string(string).parameters} == {
        (each.name, each.value) for each in parse_option_string(scope.string).parameters
    }
    odd = next((each for each in string if not each.isalnum() and each not in ".,:=/_-"), "")
    if not same or odd:
        raise InputError(
            f"{string!r} cannot be written as one word" + (f": {odd!r}" if odd else ""),
            where=scope.name,
            remedy="use names and directories of letters, digits and ._-/",
        )
    return string
