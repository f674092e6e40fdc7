"""The service models: what operations exist, their members and constraints. Published ones are read from botocore.

That of our own service, which regions and audits speak, lies beside in the same form.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

OWN_MODELS = str(Path(__file__).parent / "models")
"""Where clients find the model of our own service, `strongroom`: a search path of botocore's loader."""
_MODELS = {"monitoring": "cloudwatch"}
"""Models that are called otherwise than requests for the service are signed."""


@lru_cache(maxsize=16)
def service_model(service: str) -> ServiceModel:
    """Return the newest model of `service` (`secretsmanager`, `sts`), as requests for it are signed."""
    loader = Loader(extra_search_paths=[OWN_MODELS])
    return ServiceModel(loader.load_service_model(_MODELS.get(service, service), "service-2"), service)


@lru_cache(maxsize=512)
def operation_model(service: str, operation: str) -> OperationModel | None:
    """Return the model of an operation, or None where the service has none of that name."""
    model = service_model(service)
    return model.operation_model(operation) if operation in model.operation_names else None


def operation_at(service: str, method: str, path: str) -> tuple[str, dict[str, str]] | None:
    """Return the operation that a service of the REST protocols has there, with what the path says, decoded."""
    for name, wanted, place in _places(service):
        found = place.fullmatch(path) if wanted == method else None
        if found is not None:
            return name, {member: unquote(text) for member, text in found.groupdict().items()}
    return None


@lru_cache(maxsize=8)
def _places(service: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    model = service_model(service)
    found = [(name, model.operation_model(name).http) for name in model.operation_names]
    return tuple((name, http["method"], _template(http["requestUri"])) for name, http in found)


def _template(uri: str) -> re.Pattern[str]:
    """Return what matches a path of the model, whose `{member}` stands for one part of it."""
    pieces = re.split(r"\{(\w+)\}", uri)
    return re.compile("".join(f"(?P<{each}>[^/]+)" if odd % 2 else re.escape(each) for odd, each in enumerate(pieces)))
