"""Who may do what on a plan, folded from its events. Pure.

A plan on which nobody is enrolled has one bookkeeper, who may do everything; from the first enrolment on every name
is looked up here.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from ledger import events as ev
from ledger.terms import Role

_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "ı": "l", "|": "l"})
_SCRIPTS = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC"})  # their letters look alike


def look(name: str) -> str:
    """What a name looks like at a glance: without case, accents and forms, and with 0 as o, and 1 and i as l."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold().translate(_ALIKE)


def scripts(name: str) -> frozenset[str]:
    """The alphabets of a name of which one has letters that look like another's."""
    letters = (letter for letter in unicodedata.normalize("NFKD", name) if letter.isalpha())
    return _SCRIPTS & {unicodedata.name(letter, "?").split()[0] for letter in letters}


PeopleEvent = ev.ActorEnrolled | ev.RoleGranted | ev.RoleRevoked


@dataclass(slots=True)
class Enrolled:
    """The person behind a name, the roles it holds, and the only login under which it records, or nothing."""

    person: str
    roles: set[Role]
    login: str = ""


@dataclass(slots=True)
class People:
    """The enrolled actors of one plan by the name under which they record."""

    enrolled: dict[str, Enrolled] = field(default_factory=dict)

    def apply(self, event: PeopleEvent) -> None:
        """Remember an event about people."""
        match event:
            case ev.ActorEnrolled():
                self.enrolled[event.actor] = Enrolled(event.person, set(event.roles), event.login or "")
            case ev.RoleGranted():
                self.enrolled[event.actor].roles.add(event.role)
            case ev.RoleRevoked():
                self.enrolled[event.actor].roles.discard(event.role)

    def holds(self, actor: str, role: Role) -> bool:
        """Whether the actor is enrolled and holds the role."""
        found = self.enrolled.get(actor)
        return found is not None and role in found.roles

    def bound_to(self, login: str) -> tuple[str, ...]:
        """The names that record under a login only."""
        return tuple(actor for actor, found in self.enrolled.items() if login and found.login == login)

    def having(self, role: Role) -> tuple[str, ...]:
        """The names that hold a role, in the order of their enrolment."""
        return tuple(actor for actor, found in self.enrolled.items() if role in found.roles)

    def person_of(self, actor: str) -> str:
        """Who an enrolled actor is, in one spelling; of somebody not enrolled, their name."""
        found = self.enrolled.get(actor)
        return (found.person if found else actor).casefold()

    def others_with(self, role: Role, person: str) -> tuple[str, ...]:
        """The names with a role that are not this person."""
        return tuple(actor for actor in self.having(role) if self.person_of(actor) != person.casefold())

    def can_answer_each_other(self, without: str = "") -> bool:
        """Whether somebody (other than one name) may approve what another person proposes."""
        approvers = [self.person_of(actor) for actor in self.having("approver") if actor != without]
        return any(self.person_of(actor) != person for actor in self.having("preparer") for person in approvers)

    def mistakable(self, actor: str, person: str) -> str:
        """The enrolled name of somebody else that a new name may be taken for, or nothing."""
        for name, found in self.enrolled.items():
            known, new = {look(name), look(found.person)}, {look(actor), look(person)}
            mixed = len(scripts(name) | scripts(actor) | scripts(person)) > 1
            if found.person.casefold() != person.casefold() and (known & new or mixed):
                return name
        return ""

    def roles_of_person(self, person: str) -> set[Role]:
        """The roles of one person over all their names."""
        wanted = person.casefold()
        return {role for found in self.enrolled.values() if found.person.casefold() == wanted for role in found.roles}
