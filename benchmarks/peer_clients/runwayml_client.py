"""runwayml as in its documentation: create a task, then `wait_for_task_output` in the same expression."""

# mypy: disable-error-code="import-not-found, import-untyped"
from __future__ import annotations

from runwayml import AsyncRunwayML

from benchmarks.peer_clients.worker import Assignment, Report, main, upsample_each


async def run(assignment: Assignment, report: Report) -> None:
    """Run the jobs."""
    async with AsyncRunwayML(api_key=assignment.token, base_url=assignment.base_url) as client:

        async def upsample(clip: str) -> str:
            created = await client.video_upscale.create(
                model="magnific_video_upscaler_creative", video_uri=f"https://example.com/{clip}.mp4"
            )
            task = await created.wait_for_task_output()
            url: str = task.output[0]
            return url

        await upsample_each(upsample, assignment, report)


if __name__ == "__main__":
    main(run)
