# The version that the tests run on.
ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim AS build
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir --root-user-action=ignore uv
WORKDIR /app
# Dependencies change less often than the code, so they are a layer of their own.
COPY pyproject.toml uv.lock LICENSE ./
RUN uv sync --frozen --no-dev --extra parquet --no-install-project
COPY domain domain
COPY projections projections
COPY service service
RUN uv sync --frozen --no-dev --extra parquet --no-editable

FROM python:${PYTHON_VERSION}-slim
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin coalition
COPY --from=build /app/.venv /app/.venv
# Inside a container all addresses are the container's own; what is published is the operator's choice.
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 COALITION_HOST=0.0.0.0 COALITION_PORT=8000
# A volume mounted here belongs to the service.
RUN install -d -o 10001 -g 10001 -m 700 /var/lib/coalition /var/lib/coalition-evidence
USER 10001:10001
WORKDIR /app
EXPOSE 8000
ENTRYPOINT ["coalition"]
CMD ["serve"]
