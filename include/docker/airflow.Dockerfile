# Image of every Airflow component, of the migrations and of the docs server: the locked environment and the checkout.
# Built by docker compose from the root of the checkout; .dockerignore decides what the build sees.
# When the first stage fails on a package, requirements.txt and this Python do not fit: see include/bootstrap.py.
FROM python:3.11-slim-bookworm AS environment
ARG UV_VERSION=0.13.8
RUN pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}"
COPY requirements.txt /build/requirements.txt
# no compiler here on purpose: every locked package has a wheel, and the build says so when that ends
RUN --mount=type=cache,target=/root/.cache/uv \
    uv venv /opt/venv \
    && uv pip sync --link-mode copy --compile-bytecode --python /opt/venv/bin/python /build/requirements.txt

FROM python:3.11-slim-bookworm
# a fixed number, so that volumes keep their owner across rebuilds
RUN groupadd --system --gid 10001 tetra \
    && useradd --system --uid 10001 --gid tetra --create-home --home-dir /home/tetra tetra \
    && install --directory --owner tetra --group tetra /var/lib/tetra
COPY --from=environment /opt/venv /opt/venv
WORKDIR /opt/tetra
# what changes most often comes last; the code belongs to root: no task can change it
COPY great_expectations great_expectations
COPY dbt_project dbt_project
COPY dags dags
COPY plugins plugins
COPY include include
RUN /opt/venv/bin/python -m compileall -q great_expectations dags plugins include
# where things are; what `make run` sets in tetra.platform.environment (tests/compose compares)
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/tetra/include:/opt/tetra/plugins:/opt/tetra/great_expectations \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRFLOW_HOME=/home/tetra/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/tetra/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/tetra/plugins \
    AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=/home/tetra/airflow/passwords.json \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/var/lib/tetra/logs/airflow \
    AIRFLOW__DAG_PROCESSOR__CHILD_PROCESS_LOG_DIRECTORY=/var/lib/tetra/logs/airflow/dag_processor \
    DBT_PROJECT_DIR=/opt/tetra/dbt_project \
    DBT_PROFILES_DIR=/opt/tetra/dbt_project \
    DBT_TARGET_PATH=/var/lib/tetra/dbt/target \
    DBT_LOG_PATH=/var/lib/tetra/logs/dbt \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    TETRA_STATE_DIR=/var/lib/tetra \
    NUMBA_CACHE_DIR=/var/lib/tetra/cache/numba \
    OMP_WAIT_POLICY=PASSIVE
USER tetra
CMD ["airflow", "version"]
