"""MFA devices on the wire."""

from __future__ import annotations

from vault.api.operations.iam import answers
from vault.api.operations.iam.paging import page
from vault.api.operations.iam.qr import picture
from vault.api.operations.iam.table import Answer, Request, named, operation, path, tags_of
from vault.domain.context import CallContext
from vault.domain.iam.entities import Entity, MfaDevice, User
from vault.domain.iam.errors import NoSuchEntity
from vault.services.binding import Services

_ASSIGNED = {"Assigned": True, "Unassigned": False, "Any": None}


def _serial(services: Services, context: CallContext, request: Request) -> tuple[str, Entity | None]:
    serial: str = request["SerialNumber"]
    return serial, services.iam.directory.find_device(serial)


def _new(services: Services, context: CallContext, request: Request) -> tuple[str, None]:
    return f"arn:aws:iam::{context.account_id}:mfa{request.get('Path', '/')}{request['VirtualMFADeviceName']}", None


def _codes(request: Request) -> tuple[str, str]:
    return request["AuthenticationCode1"], request["AuthenticationCode2"]


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    made = services.iam.mfa.create(
        context, request["VirtualMFADeviceName"], path=request.get("Path"), tags=tags_of(request)
    )
    device: Answer = {
        "SerialNumber": made.device.arn,
        "Base32StringSeed": made.seed.reveal(),
        "QRCodePNG": picture(made.address),
    }
    return {"VirtualMFADevice": device | ({"Tags": answers.tags(made.device.tags)} if made.device.tags else {})}


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.mfa.delete(request["SerialNumber"])
    return {}


def _enable(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.mfa.enable(context, request["UserName"], request["SerialNumber"], _codes(request))
    return {}


def _deactivate(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.mfa.deactivate(services.iam.own_name(request.get("UserName")), request["SerialNumber"])
    return {}


def _resync(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.mfa.resync(context, request["UserName"], request["SerialNumber"], _codes(request))
    return {}


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    device = services.iam.directory.device(request["SerialNumber"])
    if request.get("UserName") not in (None, device.user):
        raise NoSuchEntity(f"MFA Device with serial number {device.arn} does not exist.")
    shown: Answer = {"SerialNumber": device.arn}
    return shown | ({"UserName": device.user, "EnableDate": device.enabled} if device.user else {})


def _of_user(services: Services, context: CallContext, request: Request) -> Answer:
    name = services.iam.own_name(request.get("UserName"))
    return page(
        services,
        request,
        "MFADevices",
        services.iam.mfa.of(name),
        lambda each: {"UserName": name, "SerialNumber": each.arn, "EnableDate": each.enabled},
    )


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    found = services.iam.mfa.list(_ASSIGNED[request.get("AssignmentStatus", "Any")])

    def shown(device: MfaDevice) -> Answer:
        own: Answer = {"SerialNumber": device.arn}
        if not device.user:
            return own
        return own | {
            "User": answers.listed_user(services.iam.directory.user(device.user)),
            "EnableDate": device.enabled,
        }

    return page(services, request, "VirtualMFADevices", found, shown)


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.tag(services.iam.directory.device(request["SerialNumber"]), tags_of(request))
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    services.iam.holding.untag(services.iam.directory.device(request["SerialNumber"]), request["TagKeys"])
    return {}


def _tags(services: Services, context: CallContext, request: Request) -> Answer:
    device = services.iam.directory.device(request["SerialNumber"])
    return page(services, request, "Tags", answers.tags(device.tags), dict)


_USER = named(User, "UserName")


def _owner(services: Services, context: CallContext, request: Request) -> tuple[str, Entity | None]:
    """Return the user that a request names, or whose the device is."""
    device = services.iam.directory.find_device(request["SerialNumber"])
    owner = {} if device is None or not device.user else {"UserName": device.user}
    return _USER(services, context, {**owner, **request})


OPERATIONS = (
    operation("CreateVirtualMFADevice", _create, _new),
    operation("DeleteVirtualMFADevice", _delete, _serial),
    operation("EnableMFADevice", _enable, _USER),
    operation("DeactivateMFADevice", _deactivate, _USER),
    operation("ResyncMFADevice", _resync, _USER),
    operation("GetMFADevice", _get, _owner, read_only=True),
    operation("ListMFADevices", _of_user, _USER, read_only=True),
    operation("ListVirtualMFADevices", _list, path(MfaDevice), read_only=True),
    operation("TagMFADevice", _tag, _serial),
    operation("UntagMFADevice", _untag, _serial),
    operation("ListMFADeviceTags", _tags, _serial, read_only=True),
)
