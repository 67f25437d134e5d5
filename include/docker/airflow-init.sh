#!/bin/sh
# Prepares what Airflow's services share: the folder the docs server shows, and Airflow's own tables. Safe to run again.
set -eu
mkdir -p "${TETRA_STATE_DIR:?}/docs" "${NUMBA_CACHE_DIR:?}"
exec airflow db migrate
