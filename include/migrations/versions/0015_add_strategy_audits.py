"""Add strategy audits."""

from tetra.database.migrations import execute_file

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    execute_file("0015_add_strategy_audits.up.sql")


def downgrade() -> None:
    execute_file("0015_add_strategy_audits.down.sql")
