"""KMS keys on the wire: made, described, listed, enabled, disabled and deleted; no rules here."""

from __future__ import annotations

from vault.api.operations.kms_access import Request, unbound_checks
from vault.api.operations.kms_answers import Answer, metadata, page_end
from vault.api.operations.kms_table import operation
from vault.domain.context import CallContext
from vault.domain.key_material import Origin
from vault.domain.key_specs import SYMMETRIC
from vault.domain.kms_errors import UnsupportedKeyOperation
from vault.domain.tags import Tags
from vault.services.binding import Services
from vault.services.keys import NewKey
from vault.services.markers import MarkedPage

_PAGE = 100


def tag_pairs(request: Request) -> Tags:
    """Return the `Tags` of a request, none where it has none."""
    return tuple((tag["TagKey"], tag["TagValue"]) for tag in request.get("Tags", ()))


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    for member in ("CustomKeyStoreId", "XksKeyId"):
        if request.get(member):
            raise UnsupportedKeyOperation(f"{member} is not supported.")
    new = NewKey(
        description=request.get("Description", ""),
        policy=request.get("Policy"),
        bypass_lockout_check=request.get("BypassPolicyLockoutSafetyCheck", False),
        tags=tag_pairs(request),
        usage=request.get("KeyUsage"),
        spec=request.get("KeySpec") or request.get("CustomerMasterKeySpec") or SYMMETRIC,
        origin=request.get("Origin", Origin.OURS),
        multi_region=request.get("MultiRegion", False),
    )
    return {"KeyMetadata": metadata(services.keys.create(context, new), context)}


def _describe(services: Services, context: CallContext, request: Request) -> Answer:
    services.grants.check_tokens(request.get("GrantTokens", ()))
    return {"KeyMetadata": metadata(services.keys.describe(context, request["KeyId"]), context)}


def _last_usage(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.key_usages.last(context, request["KeyId"])
    used: Answer = {}
    if found.last is not None:
        event = found.last.event
        used = {
            "Operation": event["eventName"],
            "Timestamp": found.last.time,
            "CloudTrailEventId": event["eventID"],
            "KmsRequestId": event["requestID"],
        }
    return {
        "KeyId": found.key.arn(context.partition),
        "KeyLastUsage": used,
        "TrackingStartDate": found.tracked_from,
        "KeyCreationDate": found.key.created,
    }


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    if "SELF" not in request.get("ResourceOwners", ("SELF",)):
        return {"Keys": [], **page_end(MarkedPage(items=()))}
    page = services.keys.page(context, limit=request.get("Limit", _PAGE), marker=request.get("Marker", ""))
    entries = [{"KeyId": key.key_id, "KeyArn": key.arn(context.partition)} for key in page.items]
    return {"Keys": entries, **page_end(page)}


def _enable(services: Services, context: CallContext, request: Request) -> Answer:
    services.keys.enable(context, request["KeyId"])
    return {}


def _disable(services: Services, context: CallContext, request: Request) -> Answer:
    services.keys.disable(context, request["KeyId"])
    return {}


def _schedule_deletion(services: Services, context: CallContext, request: Request) -> Answer:
    key = services.keys.schedule_deletion(context, request["KeyId"], request.get("PendingWindowInDays"))
    answer = {
        "KeyId": key.arn(context.partition),
        "KeyState": key.state.value,
        "PendingWindowInDays": key.window_days,
    }
    return answer if key.purge_at is None else {**answer, "DeletionDate": key.purge_at}


def _cancel_deletion(services: Services, context: CallContext, request: Request) -> Answer:
    return {"KeyId": services.keys.cancel_deletion(context, request["KeyId"]).arn(context.partition)}


def _update_description(services: Services, context: CallContext, request: Request) -> Answer:
    services.keys.describe_as(context, request["KeyId"], request["Description"])
    return {}


OPERATIONS = (
    operation("CreateKey", _create, checks=unbound_checks("CreateKey"), recorded=("KeyMetadata",)),
    operation("DescribeKey", _describe, read_only=True),
    operation("GetKeyLastUsage", _last_usage, read_only=True),
    operation("ListKeys", _list, checks=unbound_checks("ListKeys"), read_only=True),
    operation("EnableKey", _enable),
    operation("DisableKey", _disable),
    operation("ScheduleKeyDeletion", _schedule_deletion, recorded=("KeyId", "DeletionDate", "KeyState")),
    operation("CancelKeyDeletion", _cancel_deletion, recorded=("KeyId",)),
    operation("UpdateKeyDescription", _update_description),
)
