"""Who may register at `ringfence serve`, and what their passwords are worth."""

from collections.abc import Sequence
from pathlib import Path

from ringfence.model.errors import InputError
from ringfence.model.findings import Finding
from ringfence.model.findings.register import PIN_FEW_KEYS
from ringfence.model.site import Site

_DIGITS = 4  # of the usual PIN
_REMEDY = "--user 4711:1234, or --user @FILE with a line for each"


def users_of(given: Sequence[str], site: Site) -> dict[str, str]:
    """Extension to password, "" where none is needed; of the site where none is given.

    A word that begins with @ names a file of such words, a line each (# begins a remark), so that no password
    is in the list of processes.
    """
    if not given:
        return {group.user.extension: group.user.password for group in site.groups}
    users: dict[str, str] = {}
    for each in given:
        for where, word in _words(each):
            extension, _, password = word.partition(":")
            if not extension:
                # Never the word itself: what stands after the colon is a password.
                raise InputError("a user has no extension", where=where, remedy=_REMEDY)
            users[extension] = password
    return users


def few_keys(users: dict[str, str] | None) -> tuple[Finding, ...]:
    """Told once at the start: what a PIN of digits is worth under DES."""
    pins = [extension for extension, pin in (users or {}).items() if pin.isdigit() and len(pin) <= _DIGITS]
    if not pins:
        return ()
    whose = pins[0] if len(pins) == 1 else f"{pins[0]} and {len(pins) - 1} more"
    sentence = f"the PIN of {whose} has at most {5**_DIGITS} keys that differ under DES"
    return (Finding(PIN_FEW_KEYS, f"{sentence}: 0 and 1, 2 and 3 ... are the same digit"),)


def _words(given: str) -> list[tuple[str, str]]:
    if not given.startswith("@"):
        return [("--user", given)]
    path = Path(given[1:])
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}", where="--user", remedy=_REMEDY) from None
    return [
        (f"{path} line {number}", line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
