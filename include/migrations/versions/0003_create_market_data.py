"""Create market data."""

from tetra.database.migrations import execute_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    execute_file("0003_create_market_data.up.sql")


def downgrade() -> None:
    execute_file("0003_create_market_data.down.sql")
