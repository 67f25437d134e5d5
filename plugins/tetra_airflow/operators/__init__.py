"""The pipelines' own steps, one operator per file."""
