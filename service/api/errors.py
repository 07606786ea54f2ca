"""Errors as HTTP: one status for each class, and problem details (RFC 9457) that never quote a complaint."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from service import errors
from service.text import shown

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[errors.FiryadError], int] = {
    errors.FiryadError: 500,
    errors.InputError: 422,
    errors.TextRejected: 422,
    errors.FileRejected: 422,
    errors.ColumnMissing: 422,
    errors.TooFewRows: 422,
    errors.UnknownLabel: 422,
    errors.CountsRejected: 422,
    errors.WeekRejected: 422,
    errors.SettingRejected: 422,
    errors.ArtefactError: 503,
    errors.ModelMissing: 503,
    errors.ModelDamaged: 503,
    errors.ModelIncompatible: 503,
    errors.TaxonomyRejected: 503,
    errors.PolicyRejected: 503,
    errors.ParityGap: 503,
    errors.EncoderUnavailable: 503,
    errors.NotInstalled: 503,
    errors.ServiceError: 503,
    errors.NotReady: 503,
    errors.Overloaded: 503,
    errors.StoreError: 503,
    errors.StoreUnavailable: 503,
    errors.ComplaintNotFound: 404,
}
TITLES = {
    400: "The request cannot be read",
    404: "Not found",
    405: "Method not allowed",
    413: "The request is too large",
    415: "The media type is not supported",
    422: "The request is not valid",
    500: "The service failed",
    503: "The service cannot answer now",
}
CODES = {
    400: "json-malformed",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "media-type-unsupported",
}
SECRET_FIELDS = frozenset({"text", "customer_id"})
"""Fields whose value no error repeats: it may be a complaint or a person."""
SHAPES = {
    "model_type": "Input should be a JSON object",
    "model_attributes_type": "Input should be a JSON object",
    "list_type": "Input should be a JSON array",
}
"""What pydantic says in words of Python, in words of JSON."""
RETRY_AFTER_SECONDS = 1
LOGGED_FRAMES = 4

log = structlog.get_logger()


class FieldProblem(BaseModel):
    """What is wrong with one field: `pointer` is a JSON pointer (RFC 6901) into the message."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """Problem details, RFC 9457. `code` is stable: act on it, not on the words."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "The request is not valid",
                "status": 422,
                "detail": "/text: String should have at least 1 character.",
                "code": "request-invalid",
                "request_id": "5f1c0e6a9b7d4c2f8e3a1b0c9d8e7f6a",
                "errors": [{"pointer": "/text", "detail": "String should have at least 1 character."}],
            }
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] = []


class BodyTooLarge(HTTPException):
    """A body beyond its limit, which the middleware stops reading there."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"The body is larger than {limit} bytes. Send less text, or a batch in parts.")


def problem_of(error: errors.FiryadError, request_id: str) -> Problem:
    """The problem an error of ours is told as."""
    status = STATUS[type(error)]
    return Problem(
        title=TITLES[status], status=status, detail=str(error), code=error.code, request_id=request_id
    )


def invalid_request(details: Sequence[Mapping[str, Any]], request_id: str) -> Problem:
    """The problem that pydantic's errors about a body, path or query are told as."""
    if any(detail["type"] == "json_invalid" for detail in details):
        place = details[0]["loc"][-1]
        why = details[0].get("ctx", {}).get("error", "not JSON")
        return http_problem(
            400,
            f"The body is not JSON: {why} at character {place}. Send one JSON value in UTF-8.",
            request_id,
        )
    fields = [FieldProblem(pointer=_pointer(detail["loc"]), detail=_words(detail)) for detail in details]
    told = " ".join(f"{field.pointer or 'the body'}: {field.detail}" for field in fields[:3])
    return Problem(
        title=TITLES[422],
        status=422,
        detail=told,
        code="request-invalid",
        request_id=request_id,
        errors=fields,
    )


def http_problem(status: int, detail: str, request_id: str) -> Problem:
    """The problem of a request that did not come as far as a message."""
    return Problem(
        title=TITLES.get(status, "The request failed"),
        status=status,
        detail=detail,
        code=CODES.get(status, f"http-{status}"),
        request_id=request_id,
    )


def unforeseen_problem(error: Exception, request_id: str) -> Problem:
    """The problem an error that nobody foresaw is told as.

    Only its class and place are logged: the message of a foreign error may quote the complaint."""
    frames = traceback.walk_tb(error.__traceback__)
    at = [f"{frame.f_code.co_filename}:{line}" for frame, line in frames][-LOGGED_FRAMES:]
    log.error("request failed", error=type(error).__name__, at=at, request_id=request_id)
    return Problem(
        title=TITLES[500],
        status=500,
        detail="An unforeseen error. Give the request_id to those who run the service.",
        code=errors.FiryadError.code,
        request_id=request_id,
    )


def _pointer(location: Sequence[str | int]) -> str:
    place = location[1:] if location and location[0] in {"body", "query", "path", "header"} else location
    return "".join("/" + _writable(part).replace("~", "~0").replace("/", "~1")[:60] for part in place)


def _writable(part: str | int) -> str:
    """A field's name as UTF-8 can write it: JSON lets half of a surrogate pair through."""
    return str(part).encode("utf-8", "backslashreplace").decode("utf-8")


def _words(detail: Mapping[str, Any]) -> str:
    kind, location = detail["type"], detail["loc"]
    message = SHAPES.get(kind) or str(detail["msg"]).removeprefix("Value error, ").rstrip(".")
    if kind == "missing":
        return f"{message}. Add it."
    if kind == "extra_forbidden":
        return f"{message}. Leave it out, or check its spelling."
    value = detail.get("input")
    # A whole body or message that is not an object may well be the complaint itself.
    secret = not _pointer(location) or location[-1] in SECRET_FIELDS
    if secret or not isinstance(value, str | int | float):
        return f"{message}."
    told = shown(value) if isinstance(value, str) else shown(str(value)).strip("'")
    return f"{message}; it is {told}."


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response that carries a problem."""
    return JSONResponse(
        problem.model_dump(exclude=None if problem.errors else {"errors"}),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def request_id_of(request: Request) -> str:
    """The id the middleware gave this request."""
    return str(request.state.request_id)


def install(app: FastAPI) -> None:
    """Makes every error the app foresees a problem; the middleware does so with the others."""

    @app.exception_handler(errors.FiryadError)
    def ours(request: Request, error: errors.FiryadError) -> JSONResponse:
        problem = problem_of(error, request_id_of(request))
        if problem.status >= 500:
            log.warning("request refused", code=error.code, request_id=problem.request_id)
        retry = {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(error, errors.Overloaded) else None
        return respond(problem, retry)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if isinstance(error.body, bytes):  # FastAPI parses a body that is declared to be JSON, and no other
            sent_as = request.headers.get("content-type", "")[:60]
            what = f"The body is declared as {sent_as!r}" if sent_as else "The body has no Content-Type"
            detail = f"{what}. Send JSON, with the header Content-Type: application/json."
            return respond(http_problem(415, detail, request_id_of(request)), {"Accept": "application/json"})
        return respond(invalid_request(error.errors(), request_id_of(request)))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        detail = error.detail
        if error.status_code == 400:  # FastAPI's, for a body that is not UTF-8 or too deeply nested
            detail = "The body cannot be read as JSON. Send one JSON value in UTF-8."
        elif error.status_code in {404, 405}:
            path = request.url.path[:100]
            detail = f"{request.method} {path}: {detail}. The paths are listed at /openapi.json."
        return respond(http_problem(error.status_code, detail, request_id_of(request)), error.headers)
