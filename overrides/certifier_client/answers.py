"""What an answer means: a model, or one of the exceptions."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

from certifier_client import errors
from certifier_client.failure import Failure
from certifier_client.parse import M, ParseError, load, parse
from certifier_client.response import Response

_BY_CODE: dict[tuple[int, object], type[errors.StatusError]] = {
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
    413: errors.ContentTooLargeError,
    415: errors.UnsupportedMediaTypeError,
    422: errors.UnprocessableContentError,
    429: errors.RateLimitedError,
    500: errors.InternalServerError,
}

_BY_CLASS: dict[int, type[errors.StatusError]] = {
    3: errors.RedirectError,
    4: errors.ClientError,
    5: errors.ServerError,
}


# The statuses that pass: of the service, and of what may stand before it.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, *range(520, 525), 530})


def failure(response: Response) -> Failure:
    """Return what an answer other than the documented success means for the call."""
    return Failure(error_for(response), passing=response.status in PASSING)


def read(model: type[M], response: Response) -> M:
    """Return the model that an answer of success holds, or raise ResponseError."""
    if (encoding := response.headers.get("content-encoding", "identity")) != "identity":
        problem = f"the body is compressed ({encoding[:20]!r}), which was not asked for"
        raise errors.ResponseError(response, problem)
    try:
        return parse(model, response.body)
    except ParseError as error:
        raise errors.ResponseError(response, str(error)) from None


def error_for(response: Response) -> errors.AnswerError:
    """Return the exception that an answer other than the documented success is."""
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return errors.ResponseError(response, "the documentation has no such answer")
    details = _details(response.body)
    code = details.get("code")
    kind = (
        (_BY_CODE.get((status, code)) if isinstance(code, str) else None)
        or _BY_STATUS.get(status)
        or _BY_CLASS.get(status // 100)
        or errors.StatusError
    )
    return kind(response, details)


def _details(body: bytes) -> Mapping[str, object]:
    """Return what stands under "error"; a gateway's errors have another shape, or none."""
    try:
        details = cast("Any", load(body))["error"]
    except (ParseError, LookupError, TypeError):
        return {}
    return cast("dict[str, object]", details) if isinstance(details, dict) else {}
