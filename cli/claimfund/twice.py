"""An option given twice is refused: of two amounts or two dates nobody can say which one was meant."""

from __future__ import annotations

from collections.abc import Sequence

import click


def refuse_twice(command: click.Command, args: Sequence[str], ctx: click.Context) -> None:
    """Look through the words behind a command's name. Raises ``UsageError`` for an option that comes twice."""
    words = list(args)
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    named = {name: option for option in command.params if isinstance(option, click.Option) for name in option.opts}
    seen: set[str] = set()
    while words and words[0] != "--":
        word = words.pop(0)
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        option = named.get(name)
        if option is None or option.is_flag:
            continue
        if name == word:
            words[:1] = []  # its value
        if option.multiple or option.count:
            continue
        if option.opts[-1] in seen:
            raise click.UsageError(f"{name} comes twice; give it once.", ctx)
        seen.add(option.opts[-1])
