"""Judging without the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Inside, no cycles are looked for.

    A judgement makes hundreds of thousands of objects that stay, and none of them is in a cycle: looking
    through them again and again took a quarter of the time. What is dropped is freed all the same.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
