"""Widen coverage."""

from tetra.database.migrations import execute_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    execute_file("0011_widen_coverage.up.sql")


def downgrade() -> None:
    execute_file("0011_widen_coverage.down.sql")
