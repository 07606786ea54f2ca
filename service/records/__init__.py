"""Complaint files: the one reader of CSV, JSON Lines, JSON and Parquet, and the one check of their rows.

`firyad classify` and training read the same files the same way; no row is dropped without a reason."""

from service.records.check import BadRow, Checked, Record, check_row, check_rows
from service.records.columns import CANONICAL_COLUMNS, TASKS
from service.records.read import data_files, read_rows
from service.records.row import RawRow

__all__ = [
    "CANONICAL_COLUMNS",
    "TASKS",
    "BadRow",
    "Checked",
    "RawRow",
    "Record",
    "check_row",
    "check_rows",
    "data_files",
    "read_rows",
]
