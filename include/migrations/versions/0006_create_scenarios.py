"""Create scenarios."""

from tetra.database.migrations import execute_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    execute_file("0006_create_scenarios.up.sql")


def downgrade() -> None:
    execute_file("0006_create_scenarios.down.sql")
