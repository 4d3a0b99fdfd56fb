"""The generated table of the operation, and the fields that it sets."""

from certifier_generated.api.credential_templates import UPDATE, UpdateFields

__all__ = ["UPDATE", "UpdateFields"]
