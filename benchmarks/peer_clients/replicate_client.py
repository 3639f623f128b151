"""replicate as in its documentation: `async_run`, several at once."""

# mypy: disable-error-code="import-not-found, import-untyped"
from __future__ import annotations

import replicate

from benchmarks.peer_clients.worker import Assignment, Report, main, upsample_each


async def run(assignment: Assignment, report: Report) -> None:
    """Run the jobs."""
    client = replicate.Client(api_token=assignment.token, base_url=assignment.base_url)

    async def upsample(clip: str) -> str:
        output = await client.async_run("benchmark/upsampler", input={"video": f"https://example.com/{clip}.mp4"})
        return str(output)

    await upsample_each(upsample, assignment, report)


if __name__ == "__main__":
    main(run)
