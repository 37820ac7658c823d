# For a reproducible build, pin the base image: `docker buildx imagetools inspect python:3.11-slim` prints the digest for
# FROM python:3.11-slim@sha256:…
FROM python:3.11-slim AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /app
COPY requirements.lock .
# Compile here, because the container's root is read-only.
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
ENV PATH=/app/.venv/bin:$PATH PRESSROOM_HOST=0.0.0.0 PRESSROOM_DATA_DIR=/data PRESSROOM_FIND_LOCAL=off
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
# Without PRESSROOM_AUTH=on (docs/access.md), everybody who reaches the port may do everything: publish it on loopback only.
CMD ["pressroom", "serve", "--trust-network"]
