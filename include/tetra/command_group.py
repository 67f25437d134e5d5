"""A group of commands that reports Tetra's own errors in a line."""

from __future__ import annotations

from typing import Any

import click

from tetra.errors import TetraError


class FriendlyGroup(click.Group):
    """A group whose commands report Tetra's own errors in a line, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit 1 with the message of a ``TetraError``."""
        try:
            return super().invoke(ctx)
        except TetraError as error:
            raise click.ClickException(str(error)) from error
