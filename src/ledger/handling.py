"""Read, fold, decide, append: the only place where the pure rules meet a store and a clock."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ledger import commands as cmd
from ledger.authority import By, Decision, decide_by, login_matters
from ledger.calendar import DateError
from ledger.codec import decode, encode
from ledger.decide import decide
from ledger.door import personal_data, personal_text
from ledger.events import About, Event
from ledger.intake.laid_by import Room, laid_record
from ledger.lines import LATER, NAMES, Lines
from ledger.plan import Plan
from ledger.ports import Appended, Batch, Clock, Head, LaidRecord, NewRecord, Store
from ledger.reading import Reading
from ledger.recorded import Recorded
from ledger.refusals import IdempotencyConflict
from ledger.rules import HeadMoved

T = TypeVar("T")


class InputRejected(Exception):
    """What was asked is not well formed (exit code 3); the text says what to write."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command recorded; ``again`` when it had been recorded before and nothing was added now."""

    events: tuple[Recorded, ...]
    head: Head
    again: bool = False


class Ledger(Reading):
    """A ledger that is read and written: a store, a clock, and the folded plans of this process."""

    store: Store

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store)
        self.clock = clock
        self._plans: dict[str, tuple[int, Plan]] = {}
        self._versions: dict[str, int] = {}

    def plan(self, code: str) -> Plan:
        """The deciding state of a plan, kept between calls and brought up to date."""
        after, state = self._plans.pop(code, (0, Plan(code)))
        for record in self.store.read(code, after=after):
            state.apply(decode(record, later=True))
            after = record.position
        self._plans[code] = (after, state)
        self._versions[code] = state.version
        return state

    # --- writing ----------------------------------------------------------------------------------------------

    def handle(
        self,
        plan: str,
        commands: Sequence[cmd.Command],
        *,
        actor: str,
        key: str | None = None,
        reason: str = "",
        expect_head: str | None = None,
        about: About | None = None,
    ) -> Outcome:
        """Decide commands on one plan and record all their events, or nothing.

        ``key`` makes the request repeatable: the same request under the same key is recorded once and answered again.
        Raises ``Refusal`` (a rule says no), ``InputRejected`` (malformed), ``StoreUnusable``.
        """
        return self.handle_many(
            {plan: commands}, actor=actor, key=key, reason=reason, expect_head=expect_head, about=about
        )

    def handle_many(
        self,
        asked: Mapping[str, Sequence[cmd.Command]],
        *,
        actor: str,
        key: str | None = None,
        reason: str = "",
        expect_head: str | None = None,
        about: About | None = None,
        digest: bytes | None = None,
    ) -> Outcome:
        """The same over several plans, in one transaction; ``digest`` is what was asked when the caller knows one."""
        key = key or uuid.uuid4().hex
        digest = digest or request_digest(asked)
        told = about or About(reason=reason)
        with self.store.writing(sorted(asked)):
            if earlier := self.store.recorded_under(key):
                return self._again(key, earlier, digest)
            if expect_head is not None:
                self._require_head(expect_head, asked)
            after, made = self.store.head().size, list[Recorded]()
            now, room = self._now(after), Room()
            try:
                batches = [
                    self._batch(code, commands, told, actor, key, now, after, made, room)
                    for code, commands in asked.items()
                ]
                appended = self.store.append(
                    [batch for batch in batches if batch.records],
                    actor=actor,
                    idempotency_key=key,
                    digest=digest,
                    recorded_at=now,
                )
            except BaseException:
                self._forget(asked)
                raise
            if not appended.again and appended.first == after + 1:  # As assumed while deciding.
                self._plans.update({code: (appended.last, self._plans[code][1]) for code in asked})
            else:
                self._forget(asked)
                made[:] = self._between(appended)
        return Outcome(tuple(made), self.store.head(), appended.again)

    def _now(self, size: int) -> int:
        """The moment of a recording: never before the newest record, as the store will have it too."""
        return max(self.clock.now(), self.store.recorded_at(size) or 0 if size else 0)

    def _forget(self, plans: Iterable[str]) -> None:
        """Fold these plans anew when next asked for, but for those to which nothing was applied since."""
        for code in plans:
            kept = self._plans.get(code)
            if kept is not None and kept[1].version != self._versions.get(code):
                del self._plans[code]

    def _batch(
        self, code: str, commands: Sequence[cmd.Command], about: About, actor: str, key: str, now: int,
        after: int, made: list[Recorded], room: Room,
    ) -> Batch:  # fmt: skip
        """What the commands add to a plan; the events are applied to it and put behind those made so far."""
        state = self.plan(code)
        before, records = state.version, list[NewRecord | LaidRecord]()
        from_file, alone = bool(about.source_sha256), len(commands) == 1
        for command in commands:
            take_no_personal_data(command, about)
            login = self.store.logged_in() if login_matters(command, state) else ""
            by = By(actor, now, from_file=from_file, alone=alone, login=login)
            for event, told in _decided(command, state, by, about):
                records.append(laid_record(encode(event, told), room))
                position, version = after + len(made) + 1, before + len(records)
                made.append(Recorded(position, code, version, event, told, actor, key, now))
                state.apply(made[-1])
        return Batch(code, before, tuple(records))

    def _again(self, key: str, earlier: tuple[Appended, bytes], digest: bytes) -> Outcome:
        appended, recorded_digest = earlier
        if recorded_digest != digest:
            raise IdempotencyConflict(key)
        return Outcome(self._between(appended), self.store.head(), again=True)

    def _require_head(self, expected: str, asked: Mapping[str, Sequence[cmd.Command]]) -> None:
        found = self.store.head().root.hex()
        if len(expected) < 8 or not found.startswith(expected.lower()):
            year = next((c.year for cs in asked.values() for c in cs if isinstance(c, cmd.PostSettlement)), "")
            raise HeadMoved(found[:8], expected, f"claimfund settle preview {year}".strip())

    def _between(self, appended: Appended) -> tuple[Recorded, ...]:
        if not appended.last:
            return ()
        return tuple(decode(r) for r in self.store.read(after=appended.first - 1, until=appended.last))


def _decided(command: cmd.Command, state: Plan, by: By, about: About) -> Iterator[tuple[Event, About]]:
    """The events of a command with where they come from, in order.

    What an approval lets happen is decided only when whoever asks for the events has applied the approval to the plan.
    """
    decision: Decision = _well_formed(lambda: decide_by(command, state, by))
    for event in decision.events:
        yield event, about
    if (approved := decision.then) is not None:
        cited = about.model_copy(update={"causation": decision.causation})
        for event in _well_formed(lambda: decide(approved, state)):
            yield event, cited


def take_no_personal_data(command: cmd.Command, about: About | None = None) -> None:
    """Raises ``InputRejected`` for a command with a field that looks like personal data."""
    about = about or About()
    found = list(personal_data(command, from_file=bool(about.source_sha256)))
    if what := personal_text("reason", about.reason):
        found.append(("reason", what))
    if found:
        told = "; ".join(f"{name} looks like {what}" for name, what in dict(found).items())
        raise InputRejected(f"{told}. The ledger takes no personal data: write a case or claim number.")


def _well_formed(decided: Callable[[], T]) -> T:
    """The decision, or one sentence about what is not well formed."""
    try:
        return decided()
    except ValidationError as problem:
        raise InputRejected("; ".join(_sentence(error) for error in problem.errors())) from None
    except DateError as problem:
        raise InputRejected(str(problem)) from None


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "the request"
    said = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        said = "use letters, digits, '.', '_' and '-' (at most 64), starting with a letter or digit"
    return f"{where}: {said}"


def request_digest(asked: Mapping[str, Sequence[cmd.Command]]) -> bytes:
    """SHA-256 of what was asked, in one spelling."""
    told = hashlib.sha256()
    for code in sorted(asked):
        told.update(f"plan {code}\n".encode())
        for command in asked[code]:
            _digest(told, command)
    return told.digest()


def _digest(told: Any, value: Any) -> None:
    if isinstance(value, Lines):
        told.update(f"lines {value.count}\n".encode())
        given = value.given()
        for name in NAMES:
            if name in LATER and name not in given:
                continue  # What was asked before there was this column has the digest of then.
            column = value[name]
            texts = b"\0".join(column.tolist()) if column.dtype.kind == "S" else column.tobytes()
            told.update(f"{name} {len(texts)}\n".encode() + texts)
    elif isinstance(value, BaseModel):
        told.update(f"{type(value).__name__} {value.model_dump_json()}\n".encode())
    elif is_dataclass(value):
        told.update(f"{type(value).__name__}\n".encode())
        for item in fields(value):
            if item.metadata.get("later") and getattr(value, item.name) == item.default:
                continue
            told.update(f"{item.name}=".encode())
            _digest(told, getattr(value, item.name))
    elif isinstance(value, (tuple, list)):
        told.update(f"[{len(value)}\n".encode())
        for item in value:
            _digest(told, item)
    else:
        told.update(f"{value!r}\n".encode())
