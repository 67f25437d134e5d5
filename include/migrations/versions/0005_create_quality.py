"""Create quality."""

from tetra.database.migrations import execute_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    execute_file("0005_create_quality.up.sql")


def downgrade() -> None:
    execute_file("0005_create_quality.down.sql")
