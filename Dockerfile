# mockbill in a container: docker build -t mockbill . && docker run -p 127.0.0.1:12111:12111 mockbill
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY mockbill ./mockbill
COPY scenarios ./scenarios
RUN python -m venv /opt/mockbill && /opt/mockbill/bin/pip install --no-cache-dir .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="mockbill" \
      org.opencontainers.image.description="A Stripe-compatible billing mock server for testing" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --create-home --uid 10001 mockbill
COPY --from=build /opt/mockbill /opt/mockbill
ENV PATH="/opt/mockbill/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    MOCKBILL_HOST=0.0.0.0
USER mockbill
WORKDIR /home/mockbill
EXPOSE 12111
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --start-interval=1s \
    CMD ["mockbill", "readyz", "--server", "http://127.0.0.1:12111"]
ENTRYPOINT ["mockbill"]
