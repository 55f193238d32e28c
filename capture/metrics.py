"""What is counted of captures, in the main process, for /metrics."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

from capture.records import CaptureResult, Verdict

STEPS = (
    "open", "download", "film", "settle", "look", "consent", "scroll", "serialise", "read", "screenshot",
    "stop_recording", "keep", "pdf", "archive",
)  # fmt: skip
"""The engine's. A worker's result is not trusted to name anything else."""

ENDED = Counter("hashkeep_captures", "Captures that ended, by verdict", ["verdict"])
SECONDS = Histogram(
    "hashkeep_capture_seconds", "How long a capture took", buckets=(1, 2, 3, 5, 8, 13, 20, 30, 45, 60, 90)
)
STEP_SECONDS = Histogram(
    "hashkeep_capture_step_seconds", "How long a step of a capture took", ["step"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)  # fmt: skip
BYTES_DOWN = Counter("hashkeep_capture_bytes_down", "Bytes that pages sent")
BYTES_KEPT = Counter("hashkeep_capture_bytes_kept", "Bytes of the files that captures made")
REFUSED = Counter("hashkeep_capture_requests_refused", "Requests of pages that were refused")
DEATHS = Counter("hashkeep_worker_deaths", "Workers that died during a capture and were started anew", ["reason"])

RESTARTS = Counter("hashkeep_supervisor_restarts", "Supervisors that were lost, or hung, and were started anew")

_REASONS = frozenset(
    {"deadline", "memory", "processes", "browser", "browser_start", "start", "engine", "killed", "confused",
     "supervisor"}
)  # fmt: skip


# From the start on: what first appears with its first event is an increase that no rule sees.
for _verdict in Verdict:
    ENDED.labels(_verdict.value)
for _reason in _REASONS:
    DEATHS.labels(_reason)


def note_end(result: CaptureResult, elapsed_s: float) -> None:
    """Counts a capture that ended."""
    ENDED.labels(result.verdict.value).inc()
    SECONDS.observe(elapsed_s)
    BYTES_DOWN.inc(max(0, result.bytes_down))
    BYTES_KEPT.inc(sum(artifact.size_bytes for artifact in result.artifacts))
    REFUSED.inc(max(0, result.denied))
    for step in STEPS:
        if step in result.timings_s:
            STEP_SECONDS.labels(step).observe(max(0.0, result.timings_s[step]))


def note_death(reason: str) -> None:
    """Counts a worker that died."""
    DEATHS.labels(reason if reason in _REASONS else "other").inc()
