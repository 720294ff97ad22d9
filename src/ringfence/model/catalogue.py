"""Every finding by its code: what `ringfence why` knows."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from ringfence.model import findings
from ringfence.model.findings import Code


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


# Every file of the folder: one that is added needs no line here.
CATALOGUE: dict[str, Code] = assembled(
    import_module(f"{findings.__name__}.{file.name}") for file in iter_modules(findings.__path__)
)

# Names that findings had: a report of an earlier version can still be looked up.
FORMER: dict[str, Code] = {name: code for code in CATALOGUE.values() for name in code.former}


def decode_code(_kind: type, value: object) -> Code:
    """msgspec's decoding hook where a finding was written as text; KeyError when there is no such code."""
    name = str(value)
    return CATALOGUE.get(name) or FORMER[name]
