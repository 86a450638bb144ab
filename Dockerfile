# syntax=docker/dockerfile:1
# One image for the API, the scheduler and the migrations: `fieldproof serve`, `fieldproof scheduler`, `fieldproof migrate`.

FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /build

# What is installed changes less often than the code: a layer of its own. The packages' own tests, an eighth of it, stay here.
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN python -m venv --without-pip /opt/fieldproof \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes --no-deps -r requirements/build.txt \
    && /opt/build/bin/pip --python /opt/fieldproof/bin/python install --require-hashes --no-deps -r requirements/runtime.txt \
    && find /opt/fieldproof/lib -type d -name tests -prune -exec rm -rf {} +

COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY scheduler scheduler
COPY migrations migrations
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --no-index --wheel-dir wheels . \
    && /opt/build/bin/pip --python /opt/fieldproof/bin/python install --no-deps --no-index wheels/*.whl

FROM python:3.12-slim-bookworm

LABEL org.opencontainers.image.title="Fieldproof" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN useradd --system --uid 10001 --home-dir /var/lib/fieldproof --create-home --shell /usr/sbin/nologin fieldproof
COPY --from=build /opt/fieldproof /opt/fieldproof

# There is no PostgreSQL in the image: FIELDPROOF_DATABASE_URL must name one.
ENV PATH=/opt/fieldproof/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FIELDPROOF_HOME=/var/lib/fieldproof

USER 10001
WORKDIR /var/lib/fieldproof
EXPOSE 8000
STOPSIGNAL SIGTERM

HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]

CMD ["fieldproof", "serve", "--host", "0.0.0.0", "--port", "8000"]
