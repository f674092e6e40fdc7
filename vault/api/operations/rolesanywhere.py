"""IAM Roles Anywhere's management on the wire; CreateSession has a way of its own."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vault.domain.context import CallContext
from vault.domain.errors import InvalidNextToken, ValidationFailed
from vault.domain.iam.anywhere import Crl, Profile, Regional, Subject, TrustAnchor
from vault.domain.operation import AccessCheck, Operation
from vault.domain.tags import Tags
from vault.services.binding import Services
from vault.services.iam.anywhere import MOST_TAGS, Anywhere
from vault.services.paging import Pages

Request = Mapping[str, Any]
Answer = dict[str, Any]
Run = Callable[[Services, CallContext, Request], Answer]

_USUAL = 50
_IDS: Mapping[str, type[Regional]] = {
    "trustAnchorId": TrustAnchor,
    "profileId": Profile,
    "crlId": Crl,
    "subjectId": Subject,
}
_TITLES = {TrustAnchor: "trustAnchor", Profile: "profile", Crl: "crl", Subject: "subject"}


def _anywhere(services: Services, context: CallContext) -> Anywhere:
    return services.iam.anywhere(context.region)


def _tags(request: Request) -> Tags:
    return tuple((tag["key"], tag["value"]) for tag in request.get("tags", ()))


def _common(of: Regional, title: str) -> Answer:
    return {
        f"{title}Id": of.name,
        f"{title}Arn": of.arn,
        "name": of.title,
        "enabled": of.enabled,
        "createdAt": of.created.isoformat(),
        "updatedAt": of.updated.isoformat(),
    }


def _anchor(of: TrustAnchor) -> Answer:
    source = {"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": of.certificates}}
    settings = [{**each, "configuredBy": "rolesanywhere.amazonaws.com"} for each in of.notifications]
    return _common(of, "trustAnchor") | {"source": source, "notificationSettings": settings}


def _profile(of: Profile) -> Answer:
    shown = _common(of, "profile") | {
        "createdBy": of.created_by,
        "requireInstanceProperties": of.needs_properties,
        "roleArns": list(of.role_arns),
        "managedPolicyArns": list(of.policy_arns),
        "durationSeconds": of.seconds,
        "acceptRoleSessionName": of.accepts_session_name,
        "attributeMappings": [
            {"certificateField": name, "mappingRules": [{"specifier": each} for each in rules]}
            for name, rules in sorted(of.mappings.items())
            if rules
        ],
    }
    return shown | ({"sessionPolicy": of.session_policy} if of.session_policy else {})


def _crl(of: Crl) -> Answer:
    return _common(of, "crl") | {"crlData": of.data, "trustAnchorArn": of.anchor_arn}


def _subject(of: Subject) -> Answer:
    shown = _common(of, "subject")
    del shown["name"]
    certificates = [
        {
            "serialNumber": each.serial,
            "issuer": each.issuer,
            "enabled": True,
            "x509CertificateData": each.pem,
            "seenAt": each.seen.isoformat(),
            "failed": False,
        }
        for each in of.certificates
    ]
    return shown | {"x509Subject": of.title, "lastSeenAt": of.seen.isoformat(), "credentials": certificates}


_SHOWN: Mapping[type[Regional], Callable[[Any], Answer]] = {
    TrustAnchor: _anchor,
    Profile: _profile,
    Crl: _crl,
    Subject: _subject,
}


def _detail(of: Regional) -> Answer:
    return {_TITLES[type(of)]: _SHOWN[type(of)](of)}


def _named(services: Services, context: CallContext, request: Request) -> Regional:
    member = next(name for name in _IDS if name in request)
    return _anywhere(services, context).get(_IDS[member], request[member])


def _certificates(request: Request) -> str:
    source = request["source"]
    text: str | None = source.get("sourceData", {}).get("x509CertificateData")
    if source.get("sourceType", "CERTIFICATE_BUNDLE") != "CERTIFICATE_BUNDLE" or text is None:
        raise ValidationFailed("Only trust anchors of sourceType CERTIFICATE_BUNDLE are offered here.")
    return text


def _create_anchor(services: Services, context: CallContext, request: Request) -> Answer:
    more = {"tags": _tags(request), "notifications": tuple(request.get("notificationSettings", ()))}
    made = _anywhere(services, context).add_anchor(
        context, request["name"], _certificates(request), enabled=request.get("enabled", False), more=more
    )
    return _detail(made)


def _update_anchor(services: Services, context: CallContext, request: Request) -> Answer:
    changes: Answer = {"title": request["name"]} if "name" in request else {}
    if "source" in request:
        changes["certificates"] = _certificates(request)
    return _changed(services, context, request, changes)


_PROFILE = {
    "name": "title",
    "sessionPolicy": "session_policy",
    "durationSeconds": "seconds",
    "acceptRoleSessionName": "accepts_session_name",
    "requireInstanceProperties": "needs_properties",
}


def _profile_members(request: Request) -> Answer:
    members = {name: request[member] for member, name in _PROFILE.items() if member in request}
    lists = {"roleArns": "role_arns", "managedPolicyArns": "policy_arns"}
    return members | {name: tuple(request[member]) for member, name in lists.items() if member in request}


def _create_profile(services: Services, context: CallContext, request: Request) -> Answer:
    members = _profile_members(request)
    title = members.pop("title")
    made = _anywhere(services, context).add_profile(
        context,
        title,
        enabled=request.get("enabled", False),
        by=services.iam.principal.arn,
        more={**members, "tags": _tags(request)},
    )
    return _detail(made)


def _update_profile(services: Services, context: CallContext, request: Request) -> Answer:
    return _changed(services, context, request, _profile_members(request))


def _import_crl(services: Services, context: CallContext, request: Request) -> Answer:
    made = _anywhere(services, context).add_crl(
        context,
        request["name"],
        request["crlData"],
        request["trustAnchorArn"],
        enabled=request.get("enabled", False),
        tags=_tags(request),
    )
    return _detail(made)


def _update_crl(services: Services, context: CallContext, request: Request) -> Answer:
    changes: Answer = {"title": request["name"]} if "name" in request else {}
    if "crlData" in request:
        changes["data"] = base64.b64encode(request["crlData"]).decode("ascii")
    return _changed(services, context, request, changes)


def _changed(services: Services, context: CallContext, request: Request, changes: Answer) -> Answer:
    entity = _named(services, context, request)
    return _detail(_anywhere(services, context).change(context, entity, **changes))


def _get(services: Services, context: CallContext, request: Request) -> Answer:
    return _detail(_named(services, context, request))


def _delete(services: Services, context: CallContext, request: Request) -> Answer:
    entity = _named(services, context, request)
    _anywhere(services, context).remove(entity)
    return _detail(entity)


def _enable(services: Services, context: CallContext, request: Request) -> Answer:
    return _changed(services, context, request, {"enabled": True})


def _disable(services: Services, context: CallContext, request: Request) -> Answer:
    return _changed(services, context, request, {"enabled": False})


def _list(kind: type[Regional], member: str) -> Run:
    def run(services: Services, context: CallContext, request: Request) -> Answer:
        pages = Pages(services.keyring, ["rolesanywhere", member, context.account_id, context.region])
        try:
            start = int(pages.position(request["nextToken"])[0]) if "nextToken" in request else 0
        except InvalidNextToken as error:
            raise ValidationFailed(error.message) from None
        found = _anywhere(services, context).all(kind)
        end = start + request.get("pageSize", _USUAL)
        answer: Answer = {member: [_SHOWN[kind](each) for each in found[start:end]]}
        return answer | ({"nextToken": pages.token([end])} if end < len(found) else {})

    return run


def _put_mapping(services: Services, context: CallContext, request: Request) -> Answer:
    anywhere = _anywhere(services, context)
    profile = anywhere.get(Profile, request["profileId"])
    rules = [each["specifier"] for each in request["mappingRules"]]
    return _detail(anywhere.set_mapping(context, profile, request["certificateField"], rules))


def _delete_mapping(services: Services, context: CallContext, request: Request) -> Answer:
    anywhere = _anywhere(services, context)
    profile = anywhere.get(Profile, request["profileId"])
    rules = request.get("specifiers", ())
    return _detail(anywhere.remove_mapping(context, profile, request["certificateField"], rules))


def _notify(services: Services, context: CallContext, request: Request) -> Answer:
    anywhere = _anywhere(services, context)
    anchor = anywhere.get(TrustAnchor, request["trustAnchorId"])
    set_now = {each["event"]: each for each in (*anchor.notifications, *request["notificationSettings"])}
    return _detail(anywhere.change(context, anchor, notifications=tuple(set_now.values())))


def _reset(services: Services, context: CallContext, request: Request) -> Answer:
    anywhere = _anywhere(services, context)
    anchor = anywhere.get(TrustAnchor, request["trustAnchorId"])
    gone = {each["event"] for each in request["notificationSettingKeys"]}
    left = tuple(each for each in anchor.notifications if each["event"] not in gone)
    return _detail(anywhere.change(context, anchor, notifications=left))


def _tag(services: Services, context: CallContext, request: Request) -> Answer:
    anywhere = _anywhere(services, context)
    entity = anywhere.tagged(request["resourceArn"])
    tags = tuple((dict(entity.tags) | dict(_tags(request))).items())
    if len(tags) > MOST_TAGS:
        raise ValidationFailed(f"A resource can have at most {MOST_TAGS} tags.")
    anywhere.change(context, replace(entity, tags=tags))
    return {}


def _untag(services: Services, context: CallContext, request: Request) -> Answer:
    anywhere = _anywhere(services, context)
    entity = anywhere.tagged(request["resourceArn"])
    left = tuple(pair for pair in entity.tags if pair[0] not in request["tagKeys"])
    anywhere.change(context, replace(entity, tags=left))
    return {}


def _list_tags(services: Services, context: CallContext, request: Request) -> Answer:
    entity = _anywhere(services, context).tagged(request["resourceArn"])
    return {"tags": [{"key": key, "value": value} for key, value in entity.tags]}


def _operation(name: str, run: Run, *, read_only: bool = False) -> Operation:
    def checks(services: Services, context: CallContext, request: Request) -> Sequence[AccessCheck]:
        place = _resource(context, request)
        own = AccessCheck(action=f"rolesanywhere:{name}", resource=place, named=place)
        # Whoever names a role in a profile hands it on to the profile's certificates.
        passed = request.get("roleArns", ())
        service = {"iam:PassedToService": "rolesanywhere.amazonaws.com"}
        return (
            own,
            *(AccessCheck(action="iam:PassRole", resource=arn, named=arn, describe=lambda: service) for arn in passed),
        )

    return Operation(service="rolesanywhere", name=name, read_only=read_only, checks=checks, run=run)


def _resource(context: CallContext, request: Request) -> str:
    start = f"arn:aws:rolesanywhere:{context.region}:{context.account_id}"
    for member, kind in _IDS.items():
        named = request.get(member)
        if named is not None:
            return named if named.startswith("arn:") else f"{start}:{kind.kind}/{named}"
    return str(request.get("resourceArn", "*"))


_ALL = (
    _operation("CreateTrustAnchor", _create_anchor),
    _operation("GetTrustAnchor", _get, read_only=True),
    _operation("ListTrustAnchors", _list(TrustAnchor, "trustAnchors"), read_only=True),
    _operation("UpdateTrustAnchor", _update_anchor),
    _operation("DeleteTrustAnchor", _delete),
    _operation("EnableTrustAnchor", _enable),
    _operation("DisableTrustAnchor", _disable),
    _operation("CreateProfile", _create_profile),
    _operation("GetProfile", _get, read_only=True),
    _operation("ListProfiles", _list(Profile, "profiles"), read_only=True),
    _operation("UpdateProfile", _update_profile),
    _operation("DeleteProfile", _delete),
    _operation("EnableProfile", _enable),
    _operation("DisableProfile", _disable),
    _operation("PutAttributeMapping", _put_mapping),
    _operation("DeleteAttributeMapping", _delete_mapping),
    _operation("ImportCrl", _import_crl),
    _operation("GetCrl", _get, read_only=True),
    _operation("ListCrls", _list(Crl, "crls"), read_only=True),
    _operation("UpdateCrl", _update_crl),
    _operation("DeleteCrl", _delete),
    _operation("EnableCrl", _enable),
    _operation("DisableCrl", _disable),
    _operation("GetSubject", _get, read_only=True),
    _operation("ListSubjects", _list(Subject, "subjects"), read_only=True),
    _operation("PutNotificationSettings", _notify),
    _operation("ResetNotificationSettings", _reset),
    _operation("TagResource", _tag),
    _operation("UntagResource", _untag),
    _operation("ListTagsForResource", _list_tags, read_only=True),
)

OPERATIONS: Mapping[str, Operation] = {each.name: each for each in _ALL}
