"""Create trades."""

from tetra.database.migrations import execute_file

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    execute_file("0017_create_trades.up.sql")


def downgrade() -> None:
    execute_file("0017_create_trades.down.sql")
