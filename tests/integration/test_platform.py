"""End to end: the real scheduler, PostgreSQL, dbt, Great Expectations and Superset, on the sample's real prices.

The tests run in the order they stand in and share one platform; each leaves it as whole as it found it.
"""

from __future__ import annotations

import os
import re
import signal
import time
from datetime import date
from typing import Any

import psutil
import pytest
import requests
import yaml

from tests_support import CHECKOUT, Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1200)]

AS_OF = "2022-12-28"
DOWNSTREAM = ("scenarios_pipeline", "metrics_pipeline", "assessment_pipeline")
