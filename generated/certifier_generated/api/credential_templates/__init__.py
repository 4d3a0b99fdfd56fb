"""The requests of one tag's operations, as keyword arguments of httpx.Request"""

from . import update_credential_template

update_credential_template_kwargs = update_credential_template._get_kwargs

__all__ = ("update_credential_template_kwargs",)
