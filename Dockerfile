# Two stages: the first builds our wheel, the second holds an environment and nothing else.
# What is not in the wheel cannot be in the image: no source tree, no keys, no tests, no pip.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY requirements-build.lock requirements.lock ./
RUN python -m venv /build \
 && /build/bin/pip install --require-hashes -r requirements-build.lock \
 && python -m venv --without-pip /opt/passerelle \
 && pip --python /opt/passerelle/bin/python install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY connectors connectors
COPY schemas schemas
RUN /build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
 && pip --python /opt/passerelle/bin/python install --no-deps --no-index /wheels/*.whl

FROM python:3.11-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gnupg \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin passerelle \
 && install -d -o passerelle -g passerelle -m 0700 /var/lib/passerelle
COPY --from=build /opt/passerelle /opt/passerelle
# Settings and keys are mounted read-only; only /var/lib/passerelle is ours to write.
ENV PATH=/opt/passerelle/bin:$PATH \
    PASSERELLE_CONFIG=/etc/passerelle/gateway.toml \
    LOGNAME=passerelle \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /var/lib/passerelle
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8765/sante', timeout=5)"]
ENTRYPOINT ["passerelle"]
CMD ["serve"]
