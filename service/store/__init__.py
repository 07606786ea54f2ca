"""Where complaints are kept: the only SQL of the service, behind the `ComplaintStore` protocol.

Reading path: `open_store → make_engine → migrate → SqlStore`; a message: `add → put_complaints → upsert`."""

from service.store.protocol import (
    Cell,
    ComplaintStore,
    Dimension,
    Earlier,
    Example,
    Kept,
    LabelVersion,
    NewComplaint,
)
from service.store.sql import SqlStore, open_store

__all__ = [
    "Cell",
    "ComplaintStore",
    "Dimension",
    "Earlier",
    "Example",
    "Kept",
    "LabelVersion",
    "NewComplaint",
    "SqlStore",
    "open_store",
]
