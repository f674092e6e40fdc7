"""Functions made, shown, changed, deleted and tagged: decoded request to service call, and back; no rules here."""

from __future__ import annotations

from typing import Any

from vault.api.operations.lambdas.access import Request, function_checks, list_checks, place_in
from vault.api.operations.lambdas.answers import Answer, configuration
from vault.api.operations.lambdas.builtin import builtin_configuration, builtin_places
from vault.domain.context import CallContext
from vault.domain.errors import InvalidNextToken
from vault.domain.function_errors import InvalidFunctionParameter
from vault.domain.operation import Operation
from vault.services.binding import Services
from vault.services.functions import NewFunction
from vault.services.paging import Pages

_MOST = 50
_SETTINGS = {"Timeout": "timeout", "MemorySize": "memory", "Description": "description", "KMSKeyArn": "kms_key"}
_CHANGES = {**_SETTINGS, "Role": "role", "Handler": "handler", "Runtime": "runtime"}
_APART = (
    "VpcConfig", "DeadLetterConfig", "Layers", "FileSystemConfigs", "CodeSigningConfigArn", "ImageConfig",
    "TenancyConfig", "CapacityProviderConfig", "DurableConfig", "AcceleratorConfig", "PublishTo", "ImageUri",
    "S3Bucket", "S3Key", "S3ObjectVersion", "SourceKMSKeyArn",
)  # fmt: skip
"""Members that say something which is not so here; what else the model has changes nothing about a rotation."""
_MANDATORY = "Runtime and Handler are mandatory parameters for functions created with deployment packages."


def _create(services: Services, context: CallContext, request: Request) -> Answer:
    if request.get("PackageType", "Zip") != "Zip" or "ZipFile" not in request["Code"]:
        raise InvalidFunctionParameter("The code of a function is uploaded as a zip file here: give Code.ZipFile.")
    _require_offered({**request, **request["Code"]})
    if "Runtime" not in request or "Handler" not in request:
        raise InvalidFunctionParameter(_MANDATORY)
    settings = _members(request, _SETTINGS)
    new = NewFunction(
        place=place_in(context, request),
        role=request["Role"],
        runtime=request["Runtime"],
        handler=request["Handler"],
        code=request["Code"]["ZipFile"],
        environment=request.get("Environment", {}).get("Variables", {}),
        settings={**settings, "tags": tuple(request.get("Tags", {}).items())},
    )
    return configuration(services, context, services.functions.create(context, new))


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    place = place_in(context, request)
    shown = builtin_configuration(context, place)
    if shown is not None:
        return {"Configuration": shown}
    function = services.functions.get(place)
    # There is no address that the code could be fetched from by whoever has it.
    answer: Answer = {
        "Configuration": configuration(services, context, function),
        "Code": {"RepositoryType": "Strongroom"},
    }
    return answer | ({"Tags": dict(function.tags)} if function.tags else {})


def _get_configuration(services: Services, context: CallContext, request: Request) -> Answer:
    place = place_in(context, request)
    shown = builtin_configuration(context, place)
    return shown or configuration(services, context, services.functions.get(place))


def _update_code(services: Services, context: CallContext, request: Request) -> Answer:
    _require_offered(request)
    if "ZipFile" not in request:
        raise InvalidFunctionParameter("Please provide a source for function code.")
    function = services.functions.update_code(
        context,
        place_in(context, request),
        request["ZipFile"],
        revision_id=request.get("RevisionId"),
        dry_run=request.get("DryRun", False),
    )
    return configuration(services, context, function)


def _configure(services: Services, context: CallContext, request: Request) -> Answer:
    _require_offered(request)
    environment = request["Environment"].get("Variables", {}) if "Environment" in request else None
    function = services.functions.configure(
        context,
        place_in(context, request),
        _members(request, _CHANGES),
        environment,
        revision_id=request.get("RevisionId"),
    )
    return configuration(services, context, function)


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    services.functions.delete(place_in(context, request))
    return {"StatusCode": 204}


def _list(services: Services, context: CallContext, request: Request) -> Answer:
    pages = Pages(services.keyring, ["lambda", context.account_id, context.region])
    try:
        start = str(pages.position(request["Marker"])[0]) if request.get("Marker") else ""
    except InvalidNextToken:
        raise InvalidFunctionParameter("The Marker is not one that was answered.") from None
    own = {each.place.name: each for each in services.functions.all(context)}
    built_in = {place.name: place for place in builtin_places(context)}
    names = [name for name in sorted(own.keys() | built_in.keys()) if name > start]
    page = names[: request.get("MaxItems", _MOST)]
    shown = [
        configuration(services, context, own[name]) if name in own else builtin_configuration(context, built_in[name])
        for name in page
    ]
    more = {"NextMarker": pages.token([page[-1]])} if len(page) < len(names) else {}
    return {"Functions": shown} | more


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    services.functions.tag(place_in(context, request), request["Tags"])
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    services.functions.untag(place_in(context, request), request["TagKeys"])
    return {}


def _list_tags(services: Services, context: CallContext, request: Request) -> Answer:
    place = place_in(context, request)
    if builtin_configuration(context, place) is not None:
        return {"Tags": {}}
    return {"Tags": dict(services.functions.get(place).tags)}


def _members(request: Request, names: dict[str, str]) -> dict[str, Any]:
    return {name: request[member] for member, name in names.items() if member in request}


def _require_offered(request: Request) -> None:
    """Raise `InvalidFunctionParameter` for members that would be believed and are not so; void ones say nothing."""
    given = [name for name in _APART if any(_values(request.get(name)))]
    if given:
        raise InvalidFunctionParameter(f"{', '.join(given)} cannot be set for a function here.")


def _values(content: Any) -> list[Any]:
    listed = list(content.values()) if isinstance(content, dict) else [content]
    return [each for each in listed if each]


OPERATIONS = (
    Operation(
        service="lambda",
        name="CreateFunction",
        read_only=False,
        checks=function_checks("CreateFunction"),
        run=_create,
        recorded_response=("FunctionArn", "CodeSha256", "RevisionId"),
    ),
    *(
        Operation(service="lambda", name=name, read_only=read_only, checks=function_checks(name), run=run)
        for name, run, read_only in (
            ("GetFunction", _get, True),
            ("GetFunctionConfiguration", _get_configuration, True),
            ("UpdateFunctionCode", _update_code, False),
            ("UpdateFunctionConfiguration", _configure, False),
            ("DeleteFunction", _delete, False),
            ("TagResource", _tag, False),
            ("UntagResource", _untag, False),
            ("ListTags", _list_tags, True),
        )
    ),
    Operation(service="lambda", name="ListFunctions", read_only=True, checks=list_checks, run=_list),
)
