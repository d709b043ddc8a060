# Leadbot in a container: docker build -t leadbot . (docs/running.md says how to run it).
# Python and Debian are named once: a virtual environment runs only on the base that it was made on.
ARG BASE=python:3.11-slim-bookworm

# The embedding model, exported as `make model` does it. Torch stays behind in this stage.
FROM ${BASE} AS model
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 ORT_DISABLE_TELEMETRY=1
ARG EMBEDDING_MODEL=all-MiniLM-L6-v2
COPY .ci/ .ci/
COPY pyproject.toml requirements-export.lock ./
# Only what the export imports, so that the model is not made again for every change of the bot.
COPY enrichment/__init__.py enrichment/errors.py enrichment/
COPY enrichment/adapters/__init__.py enrichment/adapters/export_texts.json enrichment/adapters/minilm.py \
     enrichment/adapters/minilm_export.py enrichment/adapters/model_folder.py enrichment/adapters/
RUN sh .ci/model.sh "$EMBEDDING_MODEL"

# What runs: the pinned packages first, for they change less often than the code.
FROM ${BASE} AS installed
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv --without-pip /opt/leadbot
COPY requirements.lock ./
RUN python -m pip --python /opt/leadbot/bin/python install --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY bot/ bot/
COPY channels/ channels/
COPY enrichment/ enrichment/
RUN python -m pip --python /opt/leadbot/bin/python install --no-deps .

FROM ${BASE}
# The address of the repository that this image is built from: docker build --build-arg SOURCE_URL=...
ARG SOURCE_URL=
LABEL org.opencontainers.image.title="Leadbot" \
      org.opencontainers.image.description="Turns every inbound customer message into one ranked lead card in Slack" \
      org.opencontainers.image.licenses="MIT AND Apache-2.0" \
      org.opencontainers.image.source="${SOURCE_URL}"
# A fixed number, so that files on a mounted folder keep their owner from one image to the next.
RUN groupadd --gid 10001 leadbot \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin leadbot \
 && install -d -o 10001 -g 10001 -m 0700 /data
WORKDIR /app
COPY --from=installed /opt/leadbot /opt/leadbot
COPY --from=model /build/model /app/model
COPY LICENSE NOTICE ./
# 0.0.0.0 is inside the container only; what can be reached from outside is decided where the ports are published.
# Left alone, onnxruntime writes a device id into the home folder and sends events to its maker.
ENV PATH=/opt/leadbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    LEADBOT_DATA_DIR=/data \
    LEADBOT_MODEL_DIR=/app/model \
    LEADBOT_SMTP_HOST=0.0.0.0 \
    LEADBOT_SMTP_PORT=2525 \
    LEADBOT_HTTP_HOST=0.0.0.0 \
    LEADBOT_HTTP_PORT=8000 \
    LEADBOT_WORKSPACE_HOST=0.0.0.0 \
    LEADBOT_WORKSPACE_PORT=8025
USER 10001:10001
VOLUME ["/data"]
EXPOSE 2525 8000 8025
# SIGTERM ends the bot in order: mail on its way is finished, then the workspace is stopped.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['LEADBOT_HTTP_PORT']), timeout=4); c.request('HEAD', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
# No init inside: the bot waits for its two children, the workspace and the parser, itself and leaves no orphans.
ENTRYPOINT ["leadbot"]
CMD ["run"]
