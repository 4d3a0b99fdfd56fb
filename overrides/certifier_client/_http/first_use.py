"""Properties that are computed, and modules that are imported, on first use; a fork waits for them.

If another thread holds a lock during a fork, it stays locked in the child. This is so for the lock
of a module being imported, and before Python 3.12 for that of functools.cached_property.
"""

import os
import threading
from functools import cached_property
from typing import TYPE_CHECKING

first_use = threading.RLock()
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(
        before=first_use.acquire,
        after_in_parent=first_use.release,
        after_in_child=first_use.release,
    )

if TYPE_CHECKING:
    first_used = cached_property
else:

    class first_used(cached_property):  # noqa: N801 - a decorator
        """A cached property whose value may import modules."""

        def __get__(self, instance: object, owner: type | None = None) -> object:
            """Return the value, which is computed once."""
            with first_use:
                value = super().__get__(instance, owner)
            return value  # noqa: RET504 - an interrupt after a call returned within leaves it locked
