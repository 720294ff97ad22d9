"""`ringfence completion SHELL`: what makes a shell complete verbs, flags and their values."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(
    context: click.Context,
    shell: str,
) -> None:
    """Print what completes verbs and flags in your shell.

    bash and zsh: put eval "$(ringfence completion bash)", or zsh, into ~/.bashrc or ~/.zshrc.
    fish: write it to ~/.config/fish/completions/ringfence.fish.
    """
    kind = get_completion_class(shell)
    assert kind is not None, f"click has no completion for {shell}"
    root = context.find_root()
    click.echo(kind(root.command, {}, "ringfence", "_RINGFENCE_COMPLETE").source())
