"""What a command works with: the ledger (opened when first needed), the plan, the actor and the clock.

The single place where the layers beneath are wired together. Tests hand in a session with a fixed clock.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimfund.errors import UNUSABLE, Failed, Rejected

if TYPE_CHECKING:
    from ledger.handling import Ledger
    from ledger.ports import Clock, Head, Records, Store
    from ledger.reading import Reading
    from projections.history import History


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000


class Session:
    """One run of the command line."""

    def __init__(
        self,
        ledger: str | None = None,
        plan: str | None = None,
        actor: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.ledger_name = ledger
        self.plan_code = plan
        self.actor_name = actor
        self.clock: Clock = clock or SystemClock()
        self.recipient = ""
        self.quiet = self.verbose = self.debug = self.no_color = self.force = False
        self._store: Records | None = None
        self._writable: Store | None = None

    def configure(self, options: Mapping[str, Any]) -> None:
        """Take the global options; what is not given stays as it is."""
        self.ledger_name = options.get("ledger") or self.ledger_name
        self.plan_code = options.get("plan") or self.plan_code
        self.actor_name = options.get("actor") or self.actor_name
        self.recipient = options.get("recipient") or self.recipient
        for name in ("quiet", "verbose", "debug", "no_color", "force"):
            setattr(self, name, bool(options.get(name) or getattr(self, name)))

    @property
    def actor(self) -> str:
        """Who records: as given, else the user of this machine."""
        if self.actor_name:
            return self.actor_name
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            raise Rejected("nobody is named as the one who records.", "Add --actor NAME.") from None

    @property
    def today(self) -> date:
        """The date of the clock, UTC."""
        from ledger.calendar import moment_of

        return moment_of(self.clock.now()).date()

    @property
    def location(self) -> str:
        """The ledger's path or address: as given, or the only ``*.ledger`` file in this folder."""
        if self.ledger_name:
            return self.ledger_name
        found = sorted(Path().glob("*.ledger"))
        if len(found) == 1:
            return str(found[0])
        sentence = "there is no ledger in this folder." if not found else f"this folder holds {len(found)} ledgers."
        remedy = (
            "Name one with -L FILE, or make one: claimfund init --template" if not found else "Name one with -L FILE."
        )
        raise Failed(sentence, remedy, code=UNUSABLE)

    @property
    def store(self) -> Records:
        """The store of an existing ledger, to be read; a reader never creates one."""
        if self._store is None:
            from ledger.stores.opening import open_records

            self._store = open_records(self.location)
        return self._store

    @property
    def writable(self) -> Store:
        """The store to be written; who reads through the other one meanwhile may go on."""
        if self._writable is None:
            from ledger.stores.opening import open_store

            self._writable = open_store(self.location)
        return self._writable

    def create(self, location: str) -> None:
        """Create a ledger, or open the one that is there, and work with it."""
        from ledger.stores.opening import open_store

        self.close()
        self.__dict__.pop("ledger", None)
        self.ledger_name = location
        self._store = self._writable = open_store(location, create=True)

    @property
    def reading(self) -> Reading:
        """The ledger over the store, to be read; what only records is not loaded."""
        from ledger.reading import Reading

        return Reading(self.store)

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger over the store, to be written."""
        from ledger.handling import Ledger

        return Ledger(self.writable, self.clock)

    @property
    def head(self) -> Head:
        """The newest signed state."""
        return self.reading.head()

    @property
    def plan(self) -> str:
        """The plan: as given, or the only one."""
        plans = self.reading.plans()
        if self.plan_code:
            if self.plan_code not in plans:
                raise Rejected(
                    f"the ledger holds no plan {self.plan_code!r}.", f"It holds: {', '.join(plans) or 'none'}."
                )
            return self.plan_code
        if len(plans) == 1:
            return plans[0]
        if not plans:
            raise Rejected("the ledger holds no plan yet.", "Record one with: claimfund init plan.toml")
        raise Rejected(f"the ledger holds {len(plans)} plans.", f"Name one with --plan: {', '.join(plans)}.")

    @property
    def default_plan(self) -> str:
        """The plan as given, or the only one, or nothing: for what spans all plans."""
        plans = self.reading.plans()
        return self.plan if self.plan_code or len(plans) == 1 else ""

    def history(self, known_at: int | None = None) -> History:
        """The plan's history, as known at an event number."""
        from projections.history import History

        return History(self.reading.history(self.plan, known_at))

    def again(self) -> Session:
        """Another session on the same ledger, which opens it anew."""
        return Session(self.location, self.plan_code, self.actor_name, self.clock)

    def close(self) -> None:
        """Close what was opened."""
        for store in (self._store, self._writable):
            if store is not None:
                store.close()
        self._store = self._writable = None
