"""Brings in Great Expectations once, where warnings are errors."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # great-expectations 1.24 imports sre_constants and sre_parse, which Python 3.11 deprecates; goes with its fix
    warnings.filterwarnings("ignore", message="module 'sre_\\w+' is deprecated", category=DeprecationWarning)
    import great_expectations  # noqa: F401
