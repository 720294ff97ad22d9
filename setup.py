"""Compiles what sees every frame of a capture; all else is in pyproject.toml.

Without a C compiler the same source runs interpreted, so a failed compilation is no failed installation.
"""

import os

from mypyc.build import mypycify
from setuptools import setup

# Without the project's own settings for mypy: they name test folders, which no installed package has.
sources = [f"src/ringfence/capture/{name}.py" for name in ("encapsulation", "media", "selection")]
compiled = mypycify(["--config-file=", *sources], group_name="ringfence.capture.compiled")
for extension in compiled:
    extension.optional = True
    if os.name == "posix":  # a function may be compiled into its caller; nobody replaces one of ours
        extension.extra_compile_args.append("-fno-semantic-interposition")
setup(ext_modules=compiled)
