"""The generated models that a caller meets."""

from certifier_generated.models import CredentialTemplate

__all__ = ["CredentialTemplate"]
