"""Bad rows as a person reads them: by reason, with how many and where the first ones are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from service.records.check import BadRow

SHOWN_REASONS = 10
SHOWN_LINES = 3


def summary_lines(bad_rows: Sequence[BadRow]) -> Iterator[str]:
    """One line a reason, the commonest first: how many rows, the first lines, column and reason."""
    by_reason: dict[tuple[str | None, str], list[BadRow]] = {}
    for bad in bad_rows:
        by_reason.setdefault((bad.column, bad.reason), []).append(bad)
    ordered = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    for (column, reason), rows in ordered[:SHOWN_REASONS]:
        places = ", ".join(f"{bad.file.name}:{bad.line}" for bad in rows[:SHOWN_LINES])
        more = f" and {len(rows) - SHOWN_LINES} more" if len(rows) > SHOWN_LINES else ""
        yield f"{places}{more}: {f'{column}: ' if column else ''}{reason}"
    if len(ordered) > SHOWN_REASONS:
        rest = sum(len(rows) for _, rows in ordered[SHOWN_REASONS:])
        yield f"... and {rest} rows for {len(ordered) - SHOWN_REASONS} other reasons"


def write_bad_rows(bad_rows: Sequence[BadRow], path: Path) -> None:
    """Writes every bad row as a line of JSON (file, line, column, reason); a missing directory is made."""
    rows = (
        {"file": bad.file.name, "line": bad.line, "column": bad.column, "reason": bad.reason}
        for bad in bad_rows
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
