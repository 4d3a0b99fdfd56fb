"""What an answer means: a model, or one of the exceptions."""

from http import HTTPStatus

import httpx

from certifier_client import errors
from certifier_client.parse import M, ParseError, parse
from certifier_generated.models import ErrorDetails, ErrorResponse

_BY_CODE: dict[tuple[int, str | None], type[errors.StatusError]] = {
    (400, "missing_version"): errors.MissingVersionError,
    (400, "invalid_version"): errors.InvalidVersionError,
    (400, "invalid_json"): errors.InvalidJsonError,
    (400, "validation_error"): errors.ValidationError,
}

_BY_STATUS: dict[int, type[errors.StatusError]] = {
    400: errors.BadRequestError,
    401: errors.UnauthorizedError,
    402: errors.PaymentRequiredError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    409: errors.ConflictError,
    429: errors.RateLimitedError,
    500: errors.InternalServerError,
}

_BY_CLASS: dict[int, type[errors.StatusError]] = {
    4: errors.ClientError,
    5: errors.ServerError,
}


def read(model: type[M], request: str, response: httpx.Response) -> M:
    """Return the model that an answer of success holds, or raise ResponseError."""
    try:
        return parse(model, response.content)
    except ParseError as error:
        raise errors.ResponseError(request, response, str(error)) from None


def error_for(request: str, response: httpx.Response) -> errors.AnswerError:
    """Return the exception that an answer other than the documented success is."""
    status = response.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return errors.ResponseError(request, response, "the documentation has no such answer")
    details = _details(response)
    code = details.code if details else None
    kind = (
        _BY_CODE.get((status, code))
        or _BY_STATUS.get(status)
        or _BY_CLASS.get(status // 100)
        or errors.StatusError
    )
    return kind(request, response, details)


def _details(response: httpx.Response) -> ErrorDetails | None:
    try:
        return parse(ErrorResponse, response.content).error
    except ParseError:
        return None
