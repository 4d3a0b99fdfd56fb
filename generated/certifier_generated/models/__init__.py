"""Contains all the data models used in inputs/outputs"""

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
