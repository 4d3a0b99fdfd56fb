"""Spans from OpenTelemetry's instrumentation of httpx, as docs/guides/tracing.md describes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from certifier_client import AsyncCertifier, Certifier, NotFoundError, RetryPolicy
from certifier_sandbox import TEMPLATE_ID, Sandbox

OPTIONS: Any = {"retry": RetryPolicy(base=0.01)}


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """Instrument httpx for one test, and keep the spans."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()


def sync_update(template_id: str) -> None:
    """Update once with a Certifier on an instrumented transport."""
    with Certifier(transport=httpx.HTTPTransport(), **OPTIONS) as certifier:
        certifier.credential_templates.update(template_id, name="Traced")


def async_update(template_id: str) -> None:
    """Update once with an AsyncCertifier on an instrumented transport."""

    async def call() -> None:
        transport = httpx.AsyncHTTPTransport()
        async with AsyncCertifier(transport=transport, **OPTIONS) as certifier:
            await certifier.credential_templates.update(template_id, name="Traced")

    asyncio.run(call())


def seen(span: ReadableSpan) -> tuple[object, ...]:
    """Return the parts of a span that matter here."""
    attributes = dict(span.attributes or {})
    return (span.name, attributes.get("http.method"), attributes.get("http.status_code"))


@pytest.mark.parametrize("update", [sync_update, async_update])
def test_each_attempt_is_a_span(update: Any, sandbox: Sandbox, exporter: Any) -> None:
    """A span has method, URL and status, but not the token; the service receives the trace id."""
    sandbox.inject(status=503)
    update(TEMPLATE_ID)
    spans = exporter.get_finished_spans()
    assert [seen(span) for span in spans] == [("PATCH", "PATCH", 503), ("PATCH", "PATCH", 200)]
    assert all(TEMPLATE_ID in span.to_json() for span in spans)
    assert all(sandbox.token not in span.to_json() for span in spans)
    traces = [dict(request.headers)["traceparent"] for request in sandbox.requests]
    assert [trace.split("-")[2] for trace in traces] == [
        f"{span.context.span_id:016x}" for span in spans
    ]


@pytest.mark.parametrize("update", [sync_update, async_update])
def test_an_error_response_marks_its_span(update: Any, sandbox: Sandbox, exporter: Any) -> None:
    """The span is an error and has the status."""
    with pytest.raises(NotFoundError):
        update("01g90279gp5sbmfek7wymcsved")
    (span,) = exporter.get_finished_spans()
    assert seen(span)[2] == 404
    assert span.status.status_code.name == "ERROR"


def test_a_client_with_default_arguments_is_seen(
    sandbox: Sandbox, exporter: InMemorySpanExporter
) -> None:
    """While httpx is instrumented, the client's requests go through it."""
    with Certifier() as certifier:
        certifier.credential_templates.update(TEMPLATE_ID)
    assert [seen(span)[2] for span in exporter.get_finished_spans()] == [200]
