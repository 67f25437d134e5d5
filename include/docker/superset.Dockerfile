# Image of Superset: its own locked environment (its pins conflict with Airflow's), our configuration and dashboards.
# Built by docker compose from the root of the checkout; .dockerignore decides what the build sees.
FROM python:3.11-slim-bookworm AS environment
ARG UV_VERSION=0.13.8
RUN pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}"
COPY include/superset/requirements.txt /build/requirements.txt
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
COPY include/docker/http_check.py include/docker/http_check.py
COPY include/superset include/superset
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/tetra/include/superset \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FLASK_APP="superset.app:create_app()" \
    SUPERSET_CONFIG_PATH=/opt/tetra/include/superset/superset_config.py \
    SUPERSET_HOME=/var/lib/tetra/superset \
    TETRA_STATE_DIR=/var/lib/tetra
USER tetra
CMD ["superset", "version"]
