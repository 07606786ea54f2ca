"""What one running service holds: its model or why it has none, its store, its queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from service.api.batching import MicroBatcher
from service.classify.model import CURRENT, Model, load_model
from service.classify.pipeline import Classifier
from service.errors import FiryadError, NotReady
from service.intake import Incoming, Intake, Taken
from service.settings import Settings
from service.store import ComplaintStore
from service.taxonomy import Taxonomy

log = structlog.get_logger()


def load_current(settings: Settings) -> Model:
    """The model behind `models/current`. Raises: ArtefactError."""
    return load_model(settings.models_dir / CURRENT, threads=settings.threads)


class ServiceState:
    """Made with the app, opened and closed with the event loop."""

    def __init__(
        self, settings: Settings, store: ComplaintStore, *, load: Callable[[Settings], Model] = load_current
    ) -> None:
        self.settings = settings
        self.store = store
        self._load = load
        self.intake: Intake | None = None
        self.refusal: str = "the model is still being loaded"
        self.batcher = MicroBatcher[Incoming, Taken](
            self._take, largest=settings.micro_batch, queue_size=settings.queue_size
        )

    def load(self) -> None:
        """Loads and tests the current model; without one the service starts all the same and says so."""
        try:
            classifier = Classifier(self._load(self.settings))
            classifier.check_self_test()
        except FiryadError as error:
            self.refusal = str(error)
            log.critical("no model", code=error.code, reason=str(error))
            return
        self.intake = Intake(classifier, self.store)
        log.info("model loaded", model_version=classifier.model.version)

    def classifier(self) -> Classifier:
        """The loaded model. Raises: NotReady."""
        if self.intake is None:
            raise NotReady(f"No model is loaded: {self.refusal}")
        return self.intake.classifier

    def taxonomy(self) -> Taxonomy:
        """The active taxonomy. Raises: NotReady."""
        return self.classifier().model.taxonomy

    def _take(self, incoming: Sequence[Incoming]) -> Sequence[Taken]:
        if self.intake is None:
            raise NotReady(f"No model is loaded: {self.refusal}")
        return self.intake.take(incoming)
