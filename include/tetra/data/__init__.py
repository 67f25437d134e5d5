"""Readers and writers: besides the runners, the only modules that touch storage; each takes an open connection."""
