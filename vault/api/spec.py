"""The service models: what operations exist, their members and constraints. Published ones are read from botocore.

That of replication between regions is our own and lies beside, in the same form.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

_OWN_MODELS = Path(__file__).parent / "models"


_MODELS = {"monitoring": "cloudwatch"}
"""Models that are called otherwise than requests for the service are signed."""


@lru_cache(maxsize=16)
def service_model(service: str) -> ServiceModel:
    """Return the newest model of `service` (`secretsmanager`, `sts`), as requests for it are signed."""
    loader = Loader(extra_search_paths=[str(_OWN_MODELS)])
    return ServiceModel(loader.load_service_model(_MODELS.get(service, service), "service-2"), service)


@lru_cache(maxsize=512)
def operation_model(service: str, operation: str) -> OperationModel | None:
    """Return the model of an operation, or None where the service has none of that name."""
    model = service_model(service)
    return model.operation_model(operation) if operation in model.operation_names else None


def operation_at(service: str, path: str) -> str | None:
    """Return the operation that a service of the REST protocols has for a POST to `path`."""
    return _posted(service).get(path)


@lru_cache(maxsize=8)
def _posted(service: str) -> dict[str, str]:
    model = service_model(service)
    places = {name: model.operation_model(name).http for name in model.operation_names}
    return {http["requestUri"]: name for name, http in places.items() if http["method"] == "POST"}
