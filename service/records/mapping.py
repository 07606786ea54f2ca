"""NAME=COLUMN options of the command line to a mapping of columns."""

from __future__ import annotations

from collections.abc import Sequence

from service.errors import ColumnMissing


def parse_mapping(options: Sequence[str]) -> dict[str, str]:
    """Firyad's column names to the file's, from options such as theme=category.

    Raises: ColumnMissing for an option that is not of that form or names a column twice."""
    columns: dict[str, str] = {}
    for option in options:
        name, equals, own_name = option.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ColumnMissing(
                f"--column {option!r} is not NAME=COLUMN. Write, for example, --column theme=category."
            )
        if name in columns:
            raise ColumnMissing(f"--column names {name!r} twice. Give one column for it.")
        columns[name] = own_name.strip()
    return columns
