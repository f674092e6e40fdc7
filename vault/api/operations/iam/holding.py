"""Policies of users, groups and roles on the wire: the same seven operations for each of the three."""

from __future__ import annotations

from collections.abc import Iterator

from vault.api.operations.iam import answers
from vault.api.operations.iam.paging import page
from vault.api.operations.iam.table import Answer, Request, named, operation
from vault.domain.context import CallContext
from vault.domain.iam.entities import Group, Role, User
from vault.domain.iam.names import under
from vault.domain.operation import Operation
from vault.services.binding import Services


class _Of:
    """The operations of one kind of entity."""

    def __init__(self, kind: type[User] | type[Group] | type[Role]) -> None:
        self._kind = kind
        self._title = kind.__name__
        self._member = f"{self._title}Name"

    def _put(self, services: Services, context: CallContext, request: Request) -> Answer:
        name, policy = request[self._member], request["PolicyName"]
        services.iam.holding.put_inline(self._kind, name, policy, request["PolicyDocument"])
        return {}

    def _get(self, services: Services, context: CallContext, request: Request) -> Answer:
        name, policy = request[self._member], request["PolicyName"]
        text = services.iam.holding.inline(self._kind, name, policy)
        return {self._member: name, "PolicyName": policy, "PolicyDocument": answers.document(text)}

    def _delete(self, services: Services, context: CallContext, request: Request) -> Answer:
        services.iam.holding.delete_inline(self._kind, request[self._member], request["PolicyName"])
        return {}

    def _list(self, services: Services, context: CallContext, request: Request) -> Answer:
        holder = services.iam.directory.holder(self._kind, request[self._member])
        return page(services, request, "PolicyNames", sorted(name for name, _ in holder.inline), str)

    def _attach(self, services: Services, context: CallContext, request: Request) -> Answer:
        services.iam.holding.attach(self._kind, request[self._member], request["PolicyArn"])
        return {}

    def _detach(self, services: Services, context: CallContext, request: Request) -> Answer:
        services.iam.holding.detach(self._kind, request[self._member], request["PolicyArn"])
        return {}

    def _attached(self, services: Services, context: CallContext, request: Request) -> Answer:
        within = under(request.get("PathPrefix"))
        found = [each for each in services.iam.holding.attached(self._kind, request[self._member]) if within(each.path)]
        return page(services, request, "AttachedPolicies", found, answers.attached)

    def operations(self) -> Iterator[Operation]:
        """Yield the entries."""
        title, resource = self._title, named(self._kind, self._member)
        yield operation(f"Put{title}Policy", self._put, resource)
        yield operation(f"Get{title}Policy", self._get, resource, read_only=True)
        yield operation(f"Delete{title}Policy", self._delete, resource)
        yield operation(f"List{title}Policies", self._list, resource, read_only=True)
        yield operation(f"Attach{title}Policy", self._attach, resource)
        yield operation(f"Detach{title}Policy", self._detach, resource)
        yield operation(f"ListAttached{title}Policies", self._attached, resource, read_only=True)


OPERATIONS = tuple(each for kind in (User, Group, Role) for each in _Of(kind).operations())
