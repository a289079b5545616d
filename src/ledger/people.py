"""Who may do what on a plan, folded from its events. Pure.

A plan on which nobody is enrolled has one bookkeeper, who may do everything; from the first enrolment on every name
is looked up here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger import events as ev
from ledger.terms import Role

PeopleEvent = ev.ActorEnrolled | ev.RoleGranted | ev.RoleRevoked


@dataclass(slots=True)
class Enrolled:
    """The person behind a name, and the roles it holds."""

    person: str
    roles: set[Role]


@dataclass(slots=True)
class People:
    """The enrolled actors of one plan by the name under which they record."""

    enrolled: dict[str, Enrolled] = field(default_factory=dict)

    def apply(self, event: PeopleEvent) -> None:
        """Remember an event about people."""
        match event:
            case ev.ActorEnrolled():
                self.enrolled[event.actor] = Enrolled(event.person, set(event.roles))
            case ev.RoleGranted():
                self.enrolled[event.actor].roles.add(event.role)
            case ev.RoleRevoked():
                self.enrolled[event.actor].roles.discard(event.role)

    def holds(self, actor: str, role: Role) -> bool:
        """Whether the actor is enrolled and holds the role."""
        found = self.enrolled.get(actor)
        return found is not None and role in found.roles

    def having(self, role: Role) -> tuple[str, ...]:
        """The names that hold a role, in the order of their enrolment."""
        return tuple(actor for actor, found in self.enrolled.items() if role in found.roles)

    def roles_of_person(self, person: str) -> set[Role]:
        """The roles of one person over all their names."""
        wanted = person.casefold()
        return {role for found in self.enrolled.values() if found.person.casefold() == wanted for role in found.roles}
