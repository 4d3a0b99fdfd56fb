"""The errors of the API, in one table."""

import logging
from collections.abc import Mapping

from starlette.responses import JSONResponse

logger = logging.getLogger("certifier_sandbox")

# Code: status and message. The messages of the first group are the documentation's, verbatim.
ERRORS = {
    "missing_version": (400, "The request is missing the required Certifier-Version header"),
    "unauthorized": (401, "A valid authentication token was not provided with the request"),
    "payment_required": (
        402,
        "The requested feature is only available to premium organizations",
    ),
    "not_found": (404, "The requested resource does not exist"),
    "rate_limited": (429, "You have exceeded the rate limit"),
    "internal_server_error": (500, "There was a problem on Certifier's end"),
    # Documented codes without a documented message.
    "invalid_version": (400, "The Certifier-Version header must be 2022-10-26"),
    "invalid_json": (400, "The request is not valid JSON: {detail}"),
    "validation_error": (400, "The request body is not valid: {detail}"),
    # Not documented.
    "method_not_allowed": (405, "The resource does not allow this method"),
}


class ApiError(Exception):
    """An error response: its code, a detail for the message, and headers."""

    def __init__(
        self, code: str, detail: str = "", *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.code = code
        self.status, message = ERRORS[code]
        self.message = message.format(detail=detail)
        self.headers = headers

    def response(self) -> JSONResponse:
        """Return the response in the documented shape."""
        error = {"code": self.code, "message": self.message}
        return JSONResponse({"error": error}, self.status, self.headers)


def unexpected(error: Exception) -> JSONResponse:
    """Log an unexpected exception, and return the documented response, a 500."""
    logger.error("The sandbox failed to handle a request.", exc_info=error)
    return ApiError("internal_server_error").response()
