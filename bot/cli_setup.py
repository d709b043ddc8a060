"""The commands of the first day: samples to try, the language model, the manifest of a Slack app."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot import logs
from bot.settings import load

app = typer.Typer()
samples = typer.Typer(no_args_is_help=True, help="Ten sample mails to try Leadbot with.")
models = typer.Typer(no_args_is_help=True, help="The language model of your own Ollama.")
app.add_typer(samples, name="samples")
app.add_typer(models, name="models")


@samples.command("load")
def load_samples() -> None:
    """Put ten sample mails into the running bot."""
    from bot.samples import shell

    print(shell.load(load()))


@samples.command("remove")
def remove_samples() -> None:
    """Take the samples away, and all that came of them."""
    from bot.samples import shell

    logs.set_up("error")
    print(shell.remove(load()))


@models.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(help="Another model than that of OLLAMA_MODEL.")] = "",
) -> None:
    """Download the language model; again goes on where it stopped."""
    from bot import models as downloads

    downloads.pull(load(), sys.stdout, name)


@models.command("list")
def list_models() -> None:
    """Name the models that Ollama has."""
    from bot import models as downloads

    found = downloads.listed(load())
    print("\n".join(found) or "no models yet; `leadbot models pull` gets one")


@app.command("slack-manifest")
def slack_manifest(
    http: Annotated[str, typer.Option(metavar="URL", help="For HTTP mode: your public https address.")] = "",
) -> None:
    """Print the manifest from which your Slack app is made."""
    from bot.slack import manifest

    print(manifest.text(manifest.base_of(http) if http else ""), end="")
