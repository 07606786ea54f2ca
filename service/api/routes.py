"""The paths of the API. One message: `classify → take_in → MicroBatcher → Intake.take → answer`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from service.api.errors import (
    MEDIA_TYPE,
    TITLES,
    invalid_request,
    problem_of,
    request_id_of,
    unforeseen_problem,
)
from service.api.schemas import (
    BatchOut,
    BatchResult,
    ClassificationOut,
    ComplaintIn,
    ComplaintOut,
    EvidenceOut,
    NeighbourOut,
    Status,
    ThemesOut,
    classification_fields,
    complaint_out,
    theme_entry,
)
from service.api.state import ServiceState
from service.errors import FiryadError, TextRejected

router = APIRouter()


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of the statuses that carry a problem."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


async def state_of(request: Request) -> ServiceState:
    """The running service's state."""
    state: ServiceState = request.app.state.service
    return state


async def request_id(request: Request) -> str:
    """The request's id. Asynchronous like `state_of`, or FastAPI would send each to a thread of its own."""
    return request_id_of(request)


State = Annotated[ServiceState, Depends(state_of)]
RequestId = Annotated[str, Depends(request_id)]


@router.post(
    "/classify",
    tags=["classify"],
    summary="Classify one message",
    response_model_exclude_none=True,
    responses=problems(400, 413, 415, 422, 500, 503),
)
async def classify(complaint: ComplaintIn, state: State, request_id: RequestId) -> ClassificationOut:
    """Theme, urgency, owner, sentiment, kind and language of one message, which is then stored, redacted."""
    return await take_in(complaint, state, request_id)


@router.post(
    "/classify/batch",
    tags=["classify"],
    summary="Classify many messages",
    response_model_exclude_none=True,
    responses=problems(400, 413, 415, 422, 500, 503),
)
async def classify_batch(
    complaints: Annotated[list[Any], Body(description="Messages as for /classify, in one JSON array.")],
    state: State,
    request_id: RequestId,
) -> BatchOut:
    """One result a message, in order; a message that is refused says why and never fails the others."""
    state.classifier()
    most = state.settings.max_batch
    if len(complaints) > most:
        raise TextRejected(f"The batch has {len(complaints)} messages, more than {most}. Send it in parts.")
    # A batch keeps no more in the queue than one call of the model takes, so that it leaves room for others.
    slots = asyncio.Semaphore(state.settings.micro_batch)

    async def one(index: int, fields: Any) -> BatchResult:
        async with slots:
            return await _batch_result(index, fields, state, request_id)

    results = await asyncio.gather(*(one(index, fields) for index, fields in enumerate(complaints)))
    return BatchOut(request_id=request_id, results=results)


async def _batch_result(index: int, fields: Any, state: ServiceState, request_id: str) -> BatchResult:
    try:
        answer = await take_in(ComplaintIn.model_validate(fields), state, request_id)
        return BatchResult(index=index, status=200, classification=answer)
    except ValidationError as error:
        details: list[Any] = [{**detail, "loc": ("body", *detail["loc"])} for detail in error.errors()]
        problem = invalid_request(details, request_id)
    except FiryadError as error:
        problem = problem_of(error, request_id)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw of one message is no matter of the others
        problem = unforeseen_problem(error, request_id)
    return BatchResult(index=index, status=problem.status, error=problem)


async def take_in(complaint: ComplaintIn, state: ServiceState, request_id: str) -> ClassificationOut:
    """The stored answer to one message.

    Raises: NotReady, TextRejected, UnknownLabel, Overloaded, StoreUnavailable."""
    taxonomy = state.taxonomy()
    taxonomy.check_channel(complaint.channel)
    longest = state.settings.max_text_characters
    if len(complaint.text) > longest:
        raise TextRejected(
            f"text has {len(complaint.text)} characters, more than {longest}. Send less of it."
        )
    taken = await state.batcher.submit(complaint.incoming(datetime.now(UTC)))
    return ClassificationOut(
        request_id=request_id,
        external_id=complaint.external_id,
        complaint_id=taken.complaint_id,
        **classification_fields(taken.classification, taxonomy),
        between=list(taken.classification.between) or None,
        label_sets={task: list(ids) for task, ids in taken.classification.sets.items()} or None,
        evidence=[EvidenceOut(span=part.span, weight=part.weight) for part in taken.classification.evidence],
        neighbours=[NeighbourOut(**asdict(one)) for one in taken.classification.neighbours] or None,
    )


@router.get(
    "/complaints/{complaint_id}",
    tags=["complaints"],
    summary="A stored complaint",
    response_model_exclude_none=True,
    responses=problems(404, 422, 500, 503),
)
def complaint(complaint_id: str, state: State, request_id: RequestId) -> ComplaintOut:
    """A stored complaint, its text redacted, with its latest classification."""
    return complaint_out(state.store.get(complaint_id), state.taxonomy(), request_id)


@router.get(
    "/themes",
    tags=["taxonomy"],
    summary="The themes",
    response_model_exclude_none=True,
    responses=problems(422, 500, 503),
)
def themes(
    state: State,
    request_id: RequestId,
    language: Annotated[str, Query(max_length=16, description="Language of the names, such as te.")] = "en",
) -> ThemesOut:
    """The active taxonomy's themes with their sub-themes and owners."""
    taxonomy = state.taxonomy()
    return ThemesOut(
        request_id=request_id,
        taxonomy_version=taxonomy.version,
        model_version=state.classifier().model.version,
        themes=[theme_entry(theme, taxonomy, language) for theme in taxonomy.themes],
    )


@router.get("/healthz", tags=["health"], summary="Is the process alive?", response_model_exclude_none=True)
async def healthz() -> Status:
    """Always 200 while the process answers."""
    return Status(status="alive")


@router.get(
    "/readyz",
    tags=["health"],
    summary="Can it classify?",
    response_model=Status,
    response_model_exclude_none=True,
    responses=problems(503),
)
def readyz(state: State) -> Status | JSONResponse:
    """200 once a model is loaded, its self-test has passed and the store answers; else 503 and the reason."""
    model = state.classifier().model
    state.store.check()
    return Status(status="ready", model_version=model.version, taxonomy_version=model.taxonomy.version)
