"""Alembic's entry point; everything it does is in tetra.database.migrations."""

from alembic import context

from tetra.database.migrations import run_online

run_online(context.config)
