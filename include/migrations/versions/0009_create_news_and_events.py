"""Create news and events."""

from tetra.database.migrations import execute_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    execute_file("0009_create_news_and_events.up.sql")


def downgrade() -> None:
    execute_file("0009_create_news_and_events.down.sql")
