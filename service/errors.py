"""The errors of Firyad, as a tree. Each leaf says what happened, the value, and the next step.

FiryadError
├── InputError            what a caller or a file gave is wrong
│   ├── TextRejected         text-rejected        empty, too long, not text
│   ├── FileRejected         file-rejected        a file or directory cannot be read or written at all
│   ├── ColumnMissing        column-missing       a named column is not in the file
│   ├── TooFewRows           too-few-rows         not enough usable rows for the job
│   ├── UnknownLabel         unknown-label        theme, channel, ... not in the taxonomy
│   ├── CountsRejected       counts-rejected      a row of a file of weekly counts is wrong
│   ├── WeekRejected         week-rejected        not an ISO week such as 2026-W46
│   └── SettingRejected      setting-rejected     a FIRYAD_ variable or an option cannot be what it is
├── ArtefactError         a model, encoder or taxonomy file is wrong
│   ├── ModelMissing         model-missing        nothing at models/current
│   ├── ModelDamaged         model-damaged        a file's hash differs from the manifest's
│   ├── ModelIncompatible    model-incompatible   written by another library or format version
│   ├── TaxonomyRejected     taxonomy-rejected    data/taxonomy.yaml breaks its own rules
│   ├── PolicyRejected       policy-rejected      data/urgency.yaml breaks its own rules
│   ├── ParityGap            parity-gap           a new model does surely worse in one language
│   ├── EncoderUnavailable   encoder-unavailable  FIRYAD_ENCODER names none that can be had here
│   └── NotInstalled         not-installed        a command needs an extra that is not installed
├── ServiceError          the running service cannot answer now
│   ├── NotReady             not-ready            no model is loaded
│   └── Overloaded           overloaded           the queue is full
└── StoreError            the database
    ├── StoreUnavailable     store-unavailable    cannot be opened, written or is out of date
    └── ComplaintNotFound    complaint-not-found  no such complaint
"""

from __future__ import annotations

from typing import ClassVar


class FiryadError(Exception):
    """Base of every error Firyad raises on purpose; `code` is stable and part of the API."""

    code: ClassVar[str] = "internal-error"


class InputError(FiryadError):
    """What a caller or a file gave is wrong."""


class TextRejected(InputError):
    """A message whose text cannot be classified as sent."""

    code = "text-rejected"


class FileRejected(InputError):
    """A file or directory that cannot be used at all: absent, empty, of another format, not to be written."""

    code = "file-rejected"


class ColumnMissing(InputError):
    """A column that was asked for is not in the file."""

    code = "column-missing"


class TooFewRows(InputError):
    """Not enough usable rows are left for what was asked."""

    code = "too-few-rows"


class UnknownLabel(InputError):
    """A theme, channel or other label that the taxonomy does not know."""

    code = "unknown-label"


class CountsRejected(InputError):
    """A file of weekly counts with a row that cannot be right: none of it is judged."""

    code = "counts-rejected"


class WeekRejected(InputError):
    """Not an ISO week such as 2026-W46."""

    code = "week-rejected"


class SettingRejected(InputError):
    """A FIRYAD_ variable or an option of a command that does not exist or cannot have its value."""

    code = "setting-rejected"


class ArtefactError(FiryadError):
    """A model, encoder or taxonomy file is wrong."""


class ModelMissing(ArtefactError):
    """There is no model to load."""

    code = "model-missing"


class ModelDamaged(ArtefactError):
    """A file differs from what the manifest names: refused before it is read further."""

    code = "model-damaged"


class ModelIncompatible(ArtefactError):
    """A model written by another version of the format or of a library it depends on."""

    code = "model-incompatible"


class TaxonomyRejected(ArtefactError):
    """A taxonomy that breaks its own rules."""

    code = "taxonomy-rejected"


class PolicyRejected(ArtefactError):
    """An urgency policy that cannot be read or names what is not there."""

    code = "policy-rejected"


class ParityGap(ArtefactError):
    """A new model that does surely worse in one language than in the others, and so is not used."""

    code = "parity-gap"


class EncoderUnavailable(ArtefactError):
    """An encoder that cannot be had here, or not in the form that serving needs."""

    code = "encoder-unavailable"


class NotInstalled(ArtefactError):
    """A command that needs an extra which is not installed."""

    code = "not-installed"


class ServiceError(FiryadError):
    """The running service cannot answer now."""


class NotReady(ServiceError):
    """No model is loaded, so nothing can be classified."""

    code = "not-ready"


class Overloaded(ServiceError):
    """The queue of waiting messages is full."""

    code = "overloaded"


class StoreError(FiryadError):
    """The database cannot do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be opened or written, or its tables are out of date."""

    code = "store-unavailable"


class ComplaintNotFound(StoreError):
    """No complaint has this id."""

    code = "complaint-not-found"
