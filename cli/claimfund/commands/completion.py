"""``claimfund completion``: the script for the shell's completion."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName claimfund -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $env:_CLAIMFUND_COMPLETE = 'zsh_complete'
  $env:COMP_WORDS = $commandAst.ToString()
  $env:COMP_CWORD = $commandAst.CommandElements.Count - [int]($wordToComplete -ne '')
  $lines = @(claimfund)
  Remove-Item Env:_CLAIMFUND_COMPLETE, Env:COMP_WORDS, Env:COMP_CWORD
  for ($i = 0; $i + 2 -lt $lines.Count; $i += 3) {
    $help = if ($lines[$i + 2] -eq '_') { $lines[$i + 1] } else { $lines[$i + 2] }
    [System.Management.Automation.CompletionResult]::new($lines[$i + 1], $lines[$i + 1], 'ParameterValue', $help)
  }
}
"""


@click.command("completion", epilog='\b\nExample:\n  eval "$(claimfund completion bash)"')
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish", "powershell")))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script for your shell's completion."""
    if shell == "powershell":
        click.echo(POWERSHELL, nl=False)
        return
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(ctx.find_root().command, {}, "claimfund", "_CLAIMFUND_COMPLETE").source())
