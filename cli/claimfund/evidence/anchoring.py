"""Keeping a checkpoint where the ledger's administrator cannot write: a folder, or a branch of a git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from claimfund.errors import Refused, Rejected

if TYPE_CHECKING:
    from ledger.ports import Head

BRANCH = "claimfund-checkpoints"


def name_of(head: Head) -> str:
    """The file in which a checkpoint is kept; sorted by name they are sorted by size."""
    return f"checkpoint-{head.size:012d}.txt"


def keep_in_folder(folder: Path, head: Head) -> Path:
    """The file with the checkpoint; a copy never replaces another one."""
    if not folder.is_dir():
        raise Rejected(f"{folder} is not a folder.", "Create it, or use -o - to print the checkpoint.")
    kept = folder / name_of(head)
    if kept.exists():
        _same(str(kept), kept.read_text(encoding="utf-8"), head)
    else:
        with kept.open("x", encoding="utf-8", newline="") as file:
            file.write(head.checkpoint)
    return kept


def _same(place: str, kept: str, head: Head) -> None:
    if kept != head.checkpoint:
        raise Rejected(
            f"{place} holds another checkpoint of the same size.",
            "Keep both, and check the ledger: claimfund verify --against FILE",
        )


def keep_in_git(repository: str, branch: str, head: Head, actor: str) -> str:
    """Commit the checkpoint to a branch and return the commit; no work tree and no index is touched.

    A folder is a repository here (bare or not); anything else is a remote, from which the branch is fetched and to
    which it is pushed. Refused when the branch is checked out, or holds another checkpoint of this size.
    """
    with tempfile.TemporaryDirectory(prefix="claimfund-git-") as room:
        git = _Git(Path(room))
        if Path(repository).is_dir():
            git.at(repository)
            if git.run("rev-parse", "--is-bare-repository") == "false" and git.asked("symbolic-ref", "-q", "HEAD") == (
                f"refs/heads/{branch}"
            ):
                raise Refused(f"the branch {branch} of {repository} is checked out.", "Name another with --branch.")
            return git.commit(branch, head, actor)
        git.at(str(Path(room) / "copy.git"), made=True)
        if git.run("ls-remote", "--", repository, f"refs/heads/{branch}"):
            git.run("fetch", "-q", "--depth=1", "--", repository, f"refs/heads/{branch}:refs/heads/{branch}")
        commit = git.commit(branch, head, actor)
        git.run("push", "-q", "--", repository, f"refs/heads/{branch}:refs/heads/{branch}")
        return commit


class _Git:
    def __init__(self, room: Path) -> None:
        program = shutil.which("git")
        if program is None:
            raise Rejected("there is no git on this machine.", "Install it, or use -o FOLDER.")
        self._program, self._repository = program, ""
        ours = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY")
        outer = {name: value for name, value in os.environ.items() if name not in ours}
        self._environment = {**outer, "GIT_INDEX_FILE": str(room / "index"), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

    def at(self, repository: str, *, made: bool = False) -> None:
        """Work in this repository, made first when asked to."""
        if made:
            self.run("init", "-q", "--bare", repository)
        self._repository = repository

    def run(self, *words: str, given: str = "") -> str:
        """What git prints; Rejected with the line in which it says why when it fails."""
        done = self._done(words, given)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["it gave no reason"]
            why = next((line for line in said if line.startswith(("fatal: ", "error: "))), said[-1])
            told = f"git {words[0]}: {why.removeprefix('fatal: ').removeprefix('error: ')}."
            raise Rejected(told, "Name a repository in which you may write with --git.")
        return done.stdout.strip()

    def asked(self, *words: str) -> str:
        """What git prints, or nothing when there is no answer."""
        done = self._done(words, "")
        return "" if done.returncode else done.stdout.strip()

    def _done(self, words: tuple[str, ...], given: str) -> subprocess.CompletedProcess[str]:
        place = ("-C", self._repository) if self._repository else ()
        environment: Mapping[str, str] = self._environment
        command = [self._program, *place, *words]
        return subprocess.run(  # noqa: S603 - the program was found on the path, the words are ours
            command, input=given, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )

    def commit(self, branch: str, head: Head, actor: str) -> str:
        """The commit that holds the checkpoint: the newest of the branch when it is there already."""
        ref, name = f"refs/heads/{branch}", name_of(head)
        parent = self.asked("rev-parse", "-q", "--verify", f"{ref}^{{commit}}")
        blob = self.run("hash-object", "-w", "--stdin", given=head.checkpoint)
        if parent:
            there = self.asked("rev-parse", "-q", "--verify", f"{parent}:{name}")
            if there:
                if there != blob:
                    _same(f"the branch {branch}", "", head)
                return parent
            self.run("read-tree", parent)
        self.run("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
        tree = self.run("write-tree")
        people = ("-c", f"user.name={actor}", "-c", "user.email=claimfund@localhost", "-c", "commit.gpgsign=false")
        words = f"Checkpoint of {head.size} events, head {head.short}"
        before = ("-p", parent) if parent else ()
        commit = self.run(*people, "commit-tree", tree, *before, "-m", words)
        self.run("update-ref", ref, commit, parent or "0" * len(commit))
        return commit
