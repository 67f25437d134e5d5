#!/bin/sh
# Starts Airflow's API server and UI in a container, the admin's password given by the environment.
set -eu
python /opt/tetra/include/docker/airflow_passwords.py
exec airflow api-server
