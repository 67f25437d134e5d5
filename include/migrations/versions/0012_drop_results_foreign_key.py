"""Drop the foreign key of results."""

from tetra.database.migrations import execute_file

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    execute_file("0012_drop_results_foreign_key.up.sql")


def downgrade() -> None:
    execute_file("0012_drop_results_foreign_key.down.sql")
