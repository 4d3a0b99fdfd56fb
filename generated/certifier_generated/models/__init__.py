"""Contains all the data models used in inputs/outputs, each imported on first use"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .credential_template import CredentialTemplate
    from .credential_template_update import CredentialTemplateUpdate
    from .error_code import ErrorCode
    from .error_details import ErrorDetails
    from .error_response import ErrorResponse

__all__ = (
    "CredentialTemplate",
    "CredentialTemplateUpdate",
    "ErrorCode",
    "ErrorDetails",
    "ErrorResponse",
)

_MODULES = {
    "CredentialTemplate": ".credential_template",
    "CredentialTemplateUpdate": ".credential_template_update",
    "ErrorCode": ".error_code",
    "ErrorDetails": ".error_details",
    "ErrorResponse": ".error_response",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    model: object = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = model
    return model
