"""google-genai as in its documentation: `generate_videos`, then a loop that asks every 20 s."""

# mypy: disable-error-code="import-not-found, import-untyped"
from __future__ import annotations

import asyncio

import google.genai as genai
from google.genai import types
from google.oauth2.credentials import Credentials

from benchmarks.peer_clients.worker import Assignment, Report, main, upsample_each


async def run(assignment: Assignment, report: Report) -> None:
    """Run the jobs."""
    client = genai.Client(
        vertexai=True,
        project="benchmark",
        location="us-central1",
        credentials=Credentials(assignment.token),
        http_options=types.HttpOptions(base_url=assignment.base_url),
    ).aio

    async def upsample(clip: str) -> bytes:
        operation = await client.models.generate_videos(
            model="veo-3.1-generate-001",
            source=types.GenerateVideosSource(prompt=clip),
            config=types.GenerateVideosConfig(number_of_videos=1),
        )
        while not operation.done:
            await asyncio.sleep(20)
            operation = await client.operations.get(operation)
        content: bytes = operation.response.generated_videos[0].video.video_bytes
        return content

    await upsample_each(upsample, assignment, report)


if __name__ == "__main__":
    main(run)
