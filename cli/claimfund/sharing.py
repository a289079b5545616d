"""Work on many plans shared out over the cores of this machine; what comes out is the same as from one process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from multiprocessing import get_context
from typing import Any, TypeVar

from claimfund.session import Session

T = TypeVar("T")
Begin = Callable[[Session], AbstractContextManager[Callable[[str], T]]]

PAYS = 4 << 20
"""Bytes of a ledger from which other processes take over more work than the second that starting them costs."""
MOST = 64
"""Plans that a process takes at a time, at most."""

_work: Callable[[str], Any]


def each_plan(begin: Begin[T], session: Session, plans: Sequence[str], *, cores: int = 0) -> Iterator[T]:
    """What the work gives for each plan, in the order of the plans; a process a core when the ledger is large enough.

    ``begin`` must be a function that another process can be handed. Plans whose work fails in another process are
    worked on again in this one, so that a failure is told as if there were one process only.
    """
    cores = cores or (_cores() if session.store.bytes_held() > PAYS else 1)
    if min(cores, len(plans)) < 2:
        with begin(session) as work:
            yield from map(work, plans)
        return
    size = max(1, min(MOST, len(plans) // (4 * cores)))
    chunks = [plans[at : at + size] for at in range(0, len(plans), size)]
    with ExitStack() as stack:
        pool = stack.enter_context(
            ProcessPoolExecutor(
                min(cores, len(chunks)), get_context("spawn"), _started, (begin, session.location, session.plan_code)
            )
        )
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        waiting = [pool.submit(_worked, chunk) for chunk in chunks]
        for chunk in chunks:
            try:
                found = waiting.pop(0).result()
            except BrokenExecutor:
                found = None
            if found is None:
                with begin(session) as work:
                    found = [work(plan) for plan in chunk]
            yield from found


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _started(begin: Begin[Any], location: str, plan: str | None) -> None:
    """Once in each process; what is opened stays so until the process ends."""
    global _work
    _work = begin(Session(location, plan)).__enter__()


def _worked(plans: Sequence[str]) -> list[Any] | None:
    """What the work gives for some plans; nothing when it fails, for whatever reason: the caller finds out which."""
    try:
        return [_work(plan) for plan in plans]
    except Exception:
        return None
