"""The published service models, read from botocore: what operations exist, their members and constraints."""

from __future__ import annotations

from functools import lru_cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel


@lru_cache(maxsize=8)
def service_model(service: str) -> ServiceModel:
    """Return the newest published model of `service` (`secretsmanager`, `sts`)."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@lru_cache(maxsize=512)
def operation_model(service: str, operation: str) -> OperationModel | None:
    """Return the model of an operation, or None where the service has none of that name."""
    model = service_model(service)
    return model.operation_model(operation) if operation in model.operation_names else None
