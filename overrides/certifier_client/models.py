"""The generated models that a caller meets."""

import inspect
import warnings
from typing import Any, final

from certifier_generated import models


def _legacy(name: str) -> Any:  # noqa: ANN401 - as the generated field has it
    """Return a field of the generated model that warns who reads it."""
    slot = vars(models.CredentialTemplate)[name]

    def read(template: object) -> object:
        # The generated code and attrs (some of whose code has no module) read every field to
        # compare, copy and print a model.
        here = inspect.currentframe()
        reader = here and here.f_back and here.f_back.f_globals.get("__name__")
        if reader and not reader.startswith(("certifier_generated.", "attr.")):
            warnings.warn(
                f"{name} is a legacy field of the API: use design_ids",
                DeprecationWarning,
                stacklevel=2,
            )
        return slot.__get__(template)

    return property(read, slot.__set__, doc="Legacy: reading it gives a DeprecationWarning.")


@final
class CredentialTemplate(models.CredentialTemplate):
    """A credential template, as the API answered it.

    Attributes:
        id: its id.
        name: its name, which a design shows where it says ``[group.name]``.
        learning_event_url: the URL that is shown in the digital wallet, or None.
        design_ids: the ids of its designs, in order.
        created_at: with a time zone.
        updated_at: with a time zone.
        additional_properties: the fields that this version does not know; ``template["itsName"]``
            reads one.

    """

    __slots__ = ()

    certificate_design_id = _legacy("certificate_design_id")
    badge_design_id = _legacy("badge_design_id")


__all__ = ["CredentialTemplate"]
