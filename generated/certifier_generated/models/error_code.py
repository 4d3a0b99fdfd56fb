from typing import Literal

ErrorCode = Literal[
    "internal_server_error",
    "missing_version",
    "not_found",
    "payment_required",
    "rate_limited",
    "unauthorized",
]

ERROR_CODE_VALUES: set[ErrorCode] = {
    "internal_server_error",
    "missing_version",
    "not_found",
    "payment_required",
    "rate_limited",
    "unauthorized",
}


def check_error_code(value: str) -> ErrorCode:
    if value in ERROR_CODE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ERROR_CODE_VALUES!r}")
