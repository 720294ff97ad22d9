"""Compiles what `pyproject.toml` lists under `tool.ringfence`; all else is said there.

Without a C compiler the same source runs interpreted, so a failed compilation is no failed installation.
RINGFENCE_COMPILE=no does without on purpose.
"""

import os
import sys
import tomllib
from pathlib import Path

from setuptools import Extension, setup

ROOT = Path(__file__).parent
PACKAGE = ROOT / "src" / "ringfence"


def extensions() -> list[Extension]:
    # A compiled module goes before its source: one of an earlier list would be run for ever.
    for stale in PACKAGE.rglob("*.so"):
        stale.unlink()
    if os.environ.get("RINGFENCE_COMPILE") == "no":
        return []
    from mypyc.build import mypycify  # noqa: PLC0415 - whoever does not compile may lack it

    chosen = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ringfence"]
    sources = {path for pattern in chosen["compiled"] for path in PACKAGE.glob(pattern)}
    left = {path for path in sources if any(path.match(each) for each in chosen["interpreted"])}
    names = [str(path.relative_to(ROOT)) for path in sorted(sources - left)]
    # Without the project's own settings for mypy: they name test folders, which no installed package has.
    compiled: list[Extension] = mypycify(
        ["--config-file=", *names], group_name="ringfence.compiled", debug_level="0"
    )
    for extension in compiled:
        extension.optional = True
        # Else nothing may be inlined, as another library could replace it: a tenth of what reading costs.
        extension.extra_compile_args += ["-fno-semantic-interposition"]
    return compiled


if __name__ == "__main__":
    # Who only asks what the package is called need not wait for a compilation.
    setup(ext_modules=[] if {"egg_info", "dist_info"} & set(sys.argv) else extensions())
