"""Every finding by its code: what `ringfence why` knows."""

from collections.abc import Iterable
from types import ModuleType

from ringfence.model.findings import (
    Code,
    address,
    discover,
    echo,
    keep_alive,
    network,
    notify,
    path,
    policy,
    provision,
    recording,
    register,
    release,
    renew,
    signal,
    vlan_move,
)

# In the order of the procedure; what belongs to no stage comes last.
_FILES = (
    address,
    release,
    vlan_move,
    provision,
    discover,
    register,
    signal,
    echo,
    renew,
    notify,
    keep_alive,
    path,
    recording,
    network,
    policy,
)


def assembled(files: Iterable[ModuleType]) -> dict[str, Code]:
    """The codes of these modules; ValueError: a constant and its code differ, or a code is there twice."""
    found: dict[str, Code] = {}
    for file in files:
        for name, code in vars(file).items():
            if not isinstance(code, Code):
                continue
            if name != code:
                raise ValueError(
                    f"{file.__name__}: the constant {name} has the code {code}; give both one name"
                )
            if code in found:
                raise ValueError(f"{file.__name__}: finding {code} is explained twice")
            found[code] = code
    return found


CATALOGUE: dict[str, Code] = assembled(_FILES)

# Names that findings had: a report of an earlier version can still be looked up.
FORMER: dict[str, Code] = {name: code for code in CATALOGUE.values() for name in code.former}


def decode_code(_kind: type, value: object) -> Code:
    """msgspec's decoding hook where a finding was written as text; KeyError when there is no such code."""
    name = str(value)
    return CATALOGUE.get(name) or FORMER[name]
