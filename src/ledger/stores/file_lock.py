"""A lock on a file beside the ledger, over threads of this process and processes of this machine."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.refusals import StoreUnusable

_REGISTRY_LOCK = threading.Lock()
_THREADS: dict[str, threading.RLock] = {}  # type: ignore[valid-type,unused-ignore]
_DEPTH: dict[str, int] = {}
POLL_SECONDS = 0.0005, 0.005  # a commit is soon over; who waits longer asks less often


class FileLock:
    """The sidecar file is never removed: removing it would let two writers lock two files."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = os.path.realpath(path)
        with _REGISTRY_LOCK:
            self._threads = _THREADS.setdefault(self._name, threading.RLock())

    @contextmanager
    def held(self, seconds: float) -> Iterator[None]:
        """Hold the lock, waiting at most so long; the same thread may take it again inside."""
        deadline = time.monotonic() + seconds
        if not self._threads.acquire(timeout=seconds):
            raise self._locked()
        try:
            if _DEPTH.get(self._name, 0):
                yield
                return
            handle = self._open()
            try:
                self._flock(handle, deadline)
                _DEPTH[self._name] = 1
                try:
                    yield
                finally:
                    _DEPTH[self._name] = 0
            finally:
                os.close(handle)
        finally:
            self._threads.release()

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnusable(f"The lock file {self._path} cannot be opened ({error.strerror}).") from error

    def _flock(self, handle: int, deadline: float) -> None:
        pause, longest = POLL_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise self._locked() from None
                time.sleep(pause)
                pause = min(longest, pause * 1.25)
            else:
                return

    def _locked(self) -> StoreUnusable:
        return StoreUnusable(f"The ledger is locked: another program holds {self._path}. Try again.")
