"""X12 bytes cut into segments, streaming; each interchange brings its own separators."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger.intake.reading import fatal
from ledger.problems import Problem

_BLOCK = 1 << 20
_HEAD = 1000
_MOST = 8 << 20  # characters in which a transaction has to end to be read as a whole
_SEPARATORS_AT = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_BLANK = " \t\r\n\ufeff"


@dataclass(slots=True)
class Segment:
    """One segment: its number in the file from 1, its elements (the tag first), the component separator in force."""

    number: int
    elements: list[str]
    component: str

    @property
    def tag(self) -> str:
        """The segment's name, such as CLP."""
        return self.elements[0]

    def at(self, place: int) -> str:
        """An element, without surrounding blanks; empty when it is not there."""
        return self.elements[place].strip() if place < len(self.elements) else ""


@dataclass(slots=True)
class Stretch:
    """Some whole segments as text, without the terminator of the last; ``number`` is that of the first.

    Whoever reads it says how many segments it took (``count``) and what it leaves for the next stretch (``left``):
    nothing when this is the ``last`` that can be looked at together. The end of an interchange makes it ``closed``.
    """

    text: str
    element: str
    component: str
    end: str
    number: int
    last: bool
    count: int = 0
    left: str = ""
    closed: bool = False


class Segments:
    """The segments of a file in order, those whose name is wanted; all are numbered.

    What is wrong with envelopes as such gathers in ``problems``.
    """

    def __init__(self, path: Path, wanted: Collection[str], *, lenient: bool) -> None:
        self._wanted = frozenset(wanted) | {"ISA", "IEA"}
        self.problems: list[Problem] = []
        self.has_isa = False
        self._path = path
        self._lenient = lenient
        self._buffer = ""
        self._number = 0
        self._noted = False

    def __iter__(self) -> Iterator[Segment]:
        for stretch in self.stretches():
            yield from self.of(stretch)

    def stretches(self) -> Iterator[Stretch]:
        """Whole segments, about a block at a time. What a reader leaves of a stretch comes again with the next."""
        with self._path.open("rb") as raw:
            if raw.read(3) != b"\xef\xbb\xbf":
                raw.seek(0)
            stream = io.TextIOWrapper(raw, encoding="latin-1", newline="")
            while self._fill(stream):
                separators = self._separators()
                if separators is None:
                    return
                yield from self._interchange(stream, *separators)

    def of(self, stretch: Stretch, start: int = 0, stop: int | None = None, before: int = 0) -> Iterator[Segment]:
        """The segments of a stretch, or of a part of it before which so many come; an IEA ends the stretch."""
        wanted, number, element = self._wanted, stretch.number + before - 1, stretch.element
        at = start
        for raw in stretch.text[start:stop].split(stretch.end):
            text, at = raw, at + len(raw) + 1
            if not text or text[0] in _BLANK or text[-1] in _BLANK:
                text = text.strip(_BLANK)
                if not text:
                    continue
            number += 1
            elements = text.split(element)
            if (tag := elements[0]) not in wanted:
                continue
            if tag == "ISA":
                elements = [_unbroken(part) for part in elements]
            yield Segment(number, elements, stretch.component)
            if tag == "IEA":
                stretch.closed, stretch.left = True, stretch.text[at:]
                break
        stretch.count = number - stretch.number + 1

    def _fill(self, stream: io.TextIOWrapper) -> bool:
        self._buffer = self._buffer.lstrip(_BLANK)
        while len(self._buffer) < _HEAD and (block := stream.read(_BLOCK)):
            self._buffer = (self._buffer + block).lstrip(_BLANK)
        return bool(self._buffer)

    def _interchange(self, stream: io.TextIOWrapper, element: str, component: str, end: str) -> Iterator[Stretch]:
        more = False
        while True:
            # One interchange at most is cut at once, so that many small ones do not cut the rest again and again.
            mark = self._buffer.find("IEA" + element)
            cut = self._buffer.rfind(end) if mark < 0 else self._buffer.find(end, mark)
            last = mark >= 0 or len(self._buffer) > _MOST
            if cut < 0 or (more and not last):
                more = False
                if block := stream.read(_BLOCK):
                    self._buffer += block
                    continue
                last = True
            if cut < 0:
                break
            stretch = Stretch(self._buffer[:cut], element, component, end, self._number + 1, last)
            self._buffer = self._buffer[cut + 1 :]
            yield stretch
            self._number += stretch.count
            if stretch.left:
                self._buffer, more = stretch.left + end + self._buffer, True
            if stretch.closed:
                return
        yield from self._rest(element, component, end)

    def _rest(self, element: str, component: str, end: str) -> Iterator[Stretch]:
        """What follows the last terminator: nothing, or the sign of a file that was cut off."""
        text, self._buffer = self._buffer.strip(_BLANK), ""
        if not text:
            return
        if text.startswith("IEA" + element):
            yield (stretch := Stretch(text, element, component, end, self._number + 1, True))
            self._number += stretch.count
            return
        self._number += 1
        sentence = f"Segment {self._number} is not ended; the file was cut off. Ask the sender for it again."
        where = f"segment {self._number}"
        self.problems.append(fatal("ENV003", sentence, where=where, number=self._number))

    def _separators(self) -> tuple[str, str, str] | None:
        head = self._buffer
        number = self._number + 1
        if head.startswith("ISA") and len(head) > 3:
            self.has_isa = True
            element = head[3]
            places = tuple(i for i, c in enumerate(head[:106]) if c == element)
            if len(head) >= 106 and places == _SEPARATORS_AT:
                return self._checked(element, head[104], head[105])
            self._note_short(number, "The ISA segment is not 106 characters long")
            at = -1
            for _ in range(16):
                at = head.find(element, at + 1)
                if at < 0 or at > _HEAD:
                    return self._unreadable(number)
            tail = head[at + 1 : at + 3]
            return self._checked(element, tail[0], tail[1]) if len(tail) == 2 else self._unreadable(number)
        if head[:2] in ("ST", "GS") and len(head) > 2 and not head[2].isalnum():
            self._note_short(number, "There is no ISA segment")
            end = "~" if "~" in head else "\n"
            return self._checked(head[2], ":" if ":" in head[:_HEAD] else ">", end)
        return self._unreadable(number)

    def _checked(self, element: str, component: str, end: str) -> tuple[str, str, str] | None:
        if len({element, component, end}) < 3 or any(c.isalnum() or c == " " for c in (element, end)):
            return self._unreadable(self._number + 1)
        return element, component, end

    def _note_short(self, number: int, what: str) -> None:
        if self._noted:
            return
        self._noted = True
        where = f"segment {number}"
        if self._lenient:
            sentence = f"{what}; it was read all the same."
            self.problems.append(Problem(where, number, "ISA", "ENV001", sentence, "warning"))
        else:
            sentence = (
                f"{what}, so the separators are not certain; ask for the file as sent, or use --lenient-envelope."
            )
            self.problems.append(fatal("ENV001", sentence, where=where, number=number, column="ISA"))

    def _unreadable(self, number: int) -> tuple[str, str, str] | None:
        sentence = "The envelope cannot be read: this is not an X12 interchange. Give the 835 as the payer sent it."
        self.problems.append(fatal("ENV002", sentence, where=f"segment {number}", number=number, column="ISA"))
        return None


def _unbroken(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")
