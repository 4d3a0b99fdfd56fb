"""The requests of one tag's operations, as keyword arguments of httpx.Request"""

from .update_credential_template import _get_kwargs as update_credential_template_kwargs

__all__ = ("update_credential_template_kwargs",)
