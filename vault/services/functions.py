"""Rotation functions that were uploaded: made, shown, changed, deleted. How they are called is `function_calls`.

Source: AWS Lambda API Reference, pages of the operations; the sentences are Lambda's where it has one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from strongroom.kernel.secretvalue import SecretValue
from vault.domain.context import CallContext
from vault.domain.function_code import check_code
from vault.domain.function_errors import (
    CodeStorageExceeded,
    FunctionConflict,
    FunctionNotFound,
    InvalidFunctionParameter,
    RevisionMismatch,
)
from vault.domain.function_names import FunctionPlace, require_own
from vault.domain.function_policy import Permission, statement_of, with_statement, without_statement
from vault.domain.function_settings import check_bounds, check_environment, check_runtime
from vault.domain.functions import Function, Part
from vault.domain.tags import MAX_TAGS
from vault.services.execution_roles import ExecutionRoles
from vault.services.function_keys import FunctionKeys
from vault.services.keyring import Keyring
from vault.storage.store import UnitOfWork

MOST_CODE = 1024 * 1024 * 1024
"""Bytes of zip files that are kept for an account and region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFunction:
    """What a function is made with; `settings` are members of `Function`."""

    place: FunctionPlace
    role: str
    runtime: str
    handler: str
    code: bytes = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    settings: Mapping[str, Any]


class Functions:
    """The operations on functions in one transaction. All that read one may raise `IntegrityFailure`.

    What names a function raises `FunctionNotFound` for one that is not there, and what changes it
    `InvalidFunctionParameter` for one that is built in.
    """

    def __init__(self, tx: UnitOfWork, keyring: Keyring, roles: ExecutionRoles, keys: FunctionKeys) -> None:
        self._tx = tx
        self._keyring = keyring
        self._roles = roles
        self.keys = keys

    def find(self, place: FunctionPlace) -> Function | None:
        """Return the function at a place, None where there is none."""
        return self._tx.functions.find(place)

    def get(self, place: FunctionPlace) -> Function:
        """Return the function at a place."""
        found = self.find(place)
        if found is None:
            raise FunctionNotFound(f"Function not found: {place.arn}")
        return found

    def all(self, context: CallContext) -> Sequence[Function]:
        """Return the functions of the caller's account in its region, by name."""
        return self._tx.functions.all(context.account_id, context.region)

    def environment(self, function: Function, now: datetime) -> dict[str, SecretValue]:
        """Return the variables of a function.

        Raises `DecryptionFailed` where they do not open, `FunctionKeyUnusable` where their KMS key is disabled or gone.
        """
        sealed = self._tx.functions.part(function.place, Part.ENVIRONMENT)
        opened = self._keyring.open_function_part(function, Part.ENVIRONMENT, sealed).reveal()
        content = self.keys.open(function, opened, now) if function.kms_key else opened
        return {name: SecretValue(value) for name, value in json.loads(content).items()}

    def code(self, function: Function) -> SecretValue:
        """Return the zip file of a function. Raises `DecryptionFailed` where it does not open."""
        sealed = self._tx.functions.part(function.place, Part.CODE)
        return self._keyring.open_function_part(function, Part.CODE, sealed)

    def create(self, context: CallContext, new: NewFunction) -> Function:
        """Make a function.

        Raises `FunctionConflict` where there is one of its name, `CodeStorageExceeded`, and `InvalidFunctionParameter`
        or `ValidationFailed` for what it cannot be made with.
        """
        require_own(new.place)
        if self.find(new.place) is not None:
            raise FunctionConflict(f"Function already exist: {new.place.name}")
        check_runtime(new.runtime)
        made = Function(
            place=new.place,
            role=new.role,
            runtime=new.runtime,
            handler=new.handler,
            modified=context.now,
            revision_id=str(uuid.uuid4()),
            code_sha256="",
            code_size=0,
            parts=(),
            **new.settings,
        )
        made = self._with_key(context, made)
        _check_settings(made)
        self._roles.require_trusted(made.role, made.place)
        return self._kept(self._with_environment(self._with_code(made, new.code), new.environment))

    def update_code(
        self, context: CallContext, place: FunctionPlace, code: bytes, *, revision_id: str | None, dry_run: bool
    ) -> Function:
        """Give a function other code. Raises as `create`, and `RevisionMismatch`."""
        function = self._changeable(place, revision_id)
        if dry_run:
            check_code(code)
            return function
        return self._kept(_touched(context, self._with_code(function, code)))

    def configure(
        self,
        context: CallContext,
        place: FunctionPlace,
        changes: Mapping[str, Any],
        environment: Mapping[str, str] | None,
        *,
        revision_id: str | None,
    ) -> Function:
        """Change members of a function, and its environment unless that is None. Raises as `update_code`."""
        function = self._changeable(place, revision_id)
        changed = self._with_key(context, replace(function, **changes))
        check_runtime(changed.runtime)
        _check_settings(changed)
        if "role" in changes:
            self._roles.require_trusted(changed.role, place)
        if environment is None and changed.kms_key != function.kms_key:
            known = self.environment(function, context.now)
            environment = {name: value.reveal_text() for name, value in known.items()}
        if environment is not None:
            changed = self._with_environment(changed, environment)
        return self._kept(_touched(context, changed))

    def delete(self, place: FunctionPlace) -> None:
        """Delete a function with its code."""
        self._tx.functions.remove(self._changeable(place, None).place)

    def tag(self, place: FunctionPlace, tags: Mapping[str, str]) -> None:
        """Add tags; a key that is there gets the new value. Raises `InvalidFunctionParameter` for too many."""
        function = self._changeable(place, None)
        joined = tuple((dict(function.tags) | dict(tags)).items())
        self._kept(replace(function, tags=checked_tags(joined)))

    def untag(self, place: FunctionPlace, keys: Sequence[str]) -> None:
        """Take off tags; a key that is not there changes nothing."""
        function = self._changeable(place, None)
        self._kept(replace(function, tags=tuple(pair for pair in function.tags if pair[0] not in keys)))

    def let(self, place: FunctionPlace, permission: Permission, *, revision_id: str | None) -> str:
        """Add a statement to a function's policy, and return it.

        Raises `FunctionConflict` for an id that is taken, `InvalidFunctionParameter`, `PolicyLengthExceeded`,
        `RevisionMismatch`.
        """
        function = self._changeable(place, revision_id)
        text = statement_of(function, permission)
        statements = with_statement(function, permission.sid, text)
        self._kept(replace(function, statements=statements, revision_id=str(uuid.uuid4())))
        return text

    def unlet(self, place: FunctionPlace, sid: str, *, revision_id: str | None) -> None:
        """Take a statement out of a function's policy. Raises `FunctionNotFound`, `RevisionMismatch`."""
        function = self._changeable(place, revision_id)
        statements = without_statement(function, sid)
        self._kept(replace(function, statements=statements, revision_id=str(uuid.uuid4())))

    def _changeable(self, place: FunctionPlace, revision_id: str | None) -> Function:
        require_own(place)
        function = self.get(place)
        if revision_id not in (None, function.revision_id):
            raise RevisionMismatch(
                "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to "
                "retrieve the latest RevisionId"
            )
        return function

    def _kept(self, function: Function) -> Function:
        self._tx.functions.save(function)
        return function

    def _with_code(self, function: Function, code: bytes) -> Function:
        check_code(code)
        others = self._tx.functions.all(function.place.account_id, function.place.region)
        if sum(each.code_size for each in others if each.place != function.place) + len(code) > MOST_CODE:
            raise CodeStorageExceeded("Code storage limit exceeded.")
        digest = base64.b64encode(hashlib.sha256(code).digest()).decode()
        changed = replace(function, code_sha256=digest, code_size=len(code))
        return self._sealed(changed, Part.CODE, SecretValue(code))

    def _with_key(self, context: CallContext, function: Function) -> Function:
        """Return a function with the ARN of the key that it names, if it names one."""
        if not function.kms_key:
            return function
        return replace(function, kms_key=self.keys.require(context, function.kms_key))

    def _with_environment(self, function: Function, variables: Mapping[str, str]) -> Function:
        check_environment(variables)
        content = json.dumps(dict(variables)).encode()
        sealed = self.keys.seal(function, content) if function.kms_key else content
        return self._sealed(function, Part.ENVIRONMENT, SecretValue(sealed))

    def _sealed(self, function: Function, part: Part, content: SecretValue) -> Function:
        others = tuple(each for each in function.parts if each[0] != part.value)
        changed = replace(function, parts=(*others, (part.value, uuid.uuid4().hex)))
        if not others:
            # What lies sealed belongs to a row that is there.
            self._tx.functions.save(changed)
        sealed = self._keyring.seal_function_part(changed, part, content)
        self._tx.functions.put_part(function.place, part, sealed)
        return changed


def checked_tags(tags: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return tags. Raises `InvalidFunctionParameter` for more than there may be, or one of AWS's own prefix."""
    if len(tags) > MAX_TAGS:
        raise InvalidFunctionParameter(f"A function can have at most {MAX_TAGS} tags.")
    if any(key.lower().startswith("aws:") for key, _ in tags):
        raise InvalidFunctionParameter("Tag keys beginning with aws: are reserved for system use.")
    return tuple(tags)


def _check_settings(function: Function) -> None:
    check_bounds(function.timeout, function.memory)
    checked_tags(function.tags)


def _touched(context: CallContext, function: Function) -> Function:
    return replace(function, modified=context.now, revision_id=str(uuid.uuid4()))
