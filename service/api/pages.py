"""The start page: try a message, see the model, open the reports. One file, no script from elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, PackageLoader
from starlette.exceptions import HTTPException

from service.api.routes import state_of
from service.api.state import ServiceState
from service.errors import WeekRejected
from service.values import Week

router = APIRouter(include_in_schema=False)
templates = Environment(loader=PackageLoader("service.api"), autoescape=True)


@router.get("/", response_class=HTMLResponse)
def start(request: Request, state: Annotated[ServiceState, Depends(state_of)]) -> HTMLResponse:
    """The start page."""
    model = state.intake.classifier.model if state.intake else None
    reports = sorted((path.stem for path in state.settings.reports_dir.glob("????-W??.html")), reverse=True)
    channels = list(model.taxonomy.channels) if model else []
    page = templates.get_template("start.html").render(
        model=model,
        refusal=state.refusal,
        reports=reports[:12],
        channels=channels,
        stored=state.store.count(),
    )
    return HTMLResponse(page)


@router.get("/reports/{week}")
def report(week: str, state: Annotated[ServiceState, Depends(state_of)]) -> FileResponse:
    """A weekly report that `firyad report` has written."""
    try:
        path = state.settings.reports_dir / f"{Week.parse(week)}.html"
    except WeekRejected as error:
        raise HTTPException(404, "no such report") from error
    if not path.is_file():
        raise HTTPException(404, f"no such report; `firyad report --week {Week.parse(week)}` writes it")
    return FileResponse(path, media_type="text/html")
