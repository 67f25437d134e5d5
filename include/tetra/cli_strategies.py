"""``tetra strategies``: begin a new one, list them, audit them for look-ahead."""

from __future__ import annotations

import click

from tetra.aligned_rows import aligned_rows
from tetra.command_group import FriendlyGroup


@click.group(cls=FriendlyGroup)
def strategies() -> None:
    """Strategies: begin a new one, list them, audit them."""


@strategies.command("new")
@click.argument("name")
@click.option("--kind", default="single", show_default=True, help="What it trades: single, legs or panel.")
def new(name: str, kind: str) -> None:
    """Write strategy NAME (a working one, to be edited), its entry in strategies.yaml and its test."""
    from tetra.strategies.scaffold import new_strategy

    made = new_strategy(name, kind=kind)
    click.echo(f"{made.module}: the rule; edit it")
    click.echo(f"{made.configuration}: entry {made.name} at the end; parameters go there")
    click.echo(f"{made.test}: its test, which passes")


@strategies.command("list")
def show_all() -> None:
    """List the strategies in strategies.yaml."""
    from tetra.strategies import registry

    header = ("name", "category", "kind", "enabled", "warmup", "parameters")
    rows = [
        (
            entry.name,
            entry.strategy.category,
            entry.strategy.kind,
            "yes" if entry.is_enabled else "no",
            str(entry.strategy.warmup),
            ", ".join(f"{name} {_shown(value)}" for name, value in entry.parameters.items()) or "-",
        )
        for entry in registry.load()
    ]
    for line in aligned_rows([header, *rows], right={4}):
        click.echo(line)


@strategies.command("audit")
@click.argument("name", required=False)
def audit_all(name: str | None) -> None:
    """Audit strategy NAME, or all of them, for look-ahead; exit 1 if one peeks."""
    from tetra.backtest.look_ahead import audit
    from tetra.strategies import registry

    chosen = registry.load() if name is None else (registry.find(name),)
    moved = {entry.name: audit(entry.strategy, name=entry.name) for entry in chosen}
    lines = [(entry, "ok" if found is None else f"rejected: look-ahead: {found}") for entry, found in moved.items()]
    for line in aligned_rows(lines):
        click.echo(line)
    if any(found is not None for found in moved.values()):
        raise SystemExit(1)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join("/".join(group) if isinstance(group, tuple) else str(group) for group in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
