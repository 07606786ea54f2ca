"""Around every request: an id, a limit on the body's size, and one line in the log without any complaint."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import BodyTooLarge, respond, unforeseen_problem

GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
HEADER = b"x-request-id"

log = structlog.get_logger()


class RequestFrame:
    """Gives the request its id (the caller's `X-Request-ID` where it is a plain one), refuses a body beyond
    `limit_for(path)` bytes, answers what nobody foresaw, and logs method, path, status and duration."""

    def __init__(self, app: ASGIApp, *, limit_for: Callable[[str], int]) -> None:
        self.app = app
        self.limit_for = limit_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(HEADER, b"")
        request_id = given.decode() if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        limit = self.limit_for(scope["path"])
        started = time.perf_counter()
        status = 500
        sent = False

        async def sending(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status, sent = message["status"], True
                message["headers"] = [*message["headers"], (HEADER, request_id.encode())]
            await send(message)

        declared = headers.get(b"content-length", b"")
        received = 0

        async def receiving() -> Message:
            nonlocal received
            if declared.isdigit() and int(declared) > limit:
                raise BodyTooLarge(limit)  # before a byte of it is read
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise BodyTooLarge(limit)
            return message

        try:
            await self.app(scope, receiving, sending)
        except Exception as error:  # noqa: BLE001 - left to the server, its traceback would log the complaint
            problem = unforeseen_problem(error, request_id)
            if not sent:
                await respond(problem)(scope, receive, sending)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"] if "route" in scope else "(no such path)",
                status=status,
                seconds=round(time.perf_counter() - started, 4),
                request_id=request_id,
            )
