# For a build that can be repeated, pin the base image where there is a registry to ask:
# `docker buildx imagetools inspect python:3.11-slim` names the digest for FROM python:3.11-slim@sha256:…
FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY requirements.lock .
# Compiled here, for nothing can be written where it runs.
ENV UV_COMPILE_BYTECODE=1
RUN uv venv && uv pip install --no-cache --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY static static
COPY service service
RUN uv pip install --no-cache --no-deps .

FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 pressroom && install -d -o pressroom /data
WORKDIR /app
COPY --from=build /app/.venv .venv
USER pressroom
ENV PATH=/app/.venv/bin:$PATH PRESSROOM_HOST=0.0.0.0 PRESSROOM_DATA_DIR=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
# There are no keys yet: publish the port on loopback only, or put something in front that asks for them.
CMD ["pressroom", "serve", "--trust-network"]
