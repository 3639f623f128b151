"""fal-client as in its documentation: `subscribe`. Its address is fixed, and is replaced here."""

# mypy: disable-error-code="import-not-found, import-untyped"
from __future__ import annotations

import fal_client
import fal_client.client

from benchmarks.peer_clients.worker import Assignment, Report, main, upsample_each


async def run(assignment: Assignment, report: Report) -> None:
    """Run the jobs."""
    fal_client.client.QUEUE_URL_FORMAT = f"{assignment.base_url}/"
    client = fal_client.AsyncClient(key=assignment.token)

    async def upsample(clip: str) -> str:
        arguments = {"video_url": f"https://example.com/{clip}.mp4"}
        result = await client.subscribe("benchmark/upsampler", arguments=arguments)
        url: str = result["video"]["url"]
        return url

    await upsample_each(upsample, assignment, report)


if __name__ == "__main__":
    main(run)
