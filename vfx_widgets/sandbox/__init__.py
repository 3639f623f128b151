"""A local service that speaks the captured contract and really upsamples a clip."""

from .fault_list import Faults
from .faults import Fault
from .library import bundled_media_ids
from .request_log import LoggedRequest
from .sandbox import Sandbox, sandbox_at
from .upscale import Lanczos

__all__ = ["Fault", "Faults", "Lanczos", "LoggedRequest", "Sandbox", "bundled_media_ids", "sandbox_at"]
