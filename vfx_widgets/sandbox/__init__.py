"""A local service that speaks the captured contract and really upsamples a clip."""

from .clips import bundled_media_ids, bundled_path
from .faults import Fault, Faults
from .methods import default_method, method_labels
from .request_log import LoggedRequest
from .sandbox import Sandbox, sandbox_at

__all__ = [
    "Fault",
    "Faults",
    "LoggedRequest",
    "Sandbox",
    "bundled_media_ids",
    "bundled_path",
    "default_method",
    "method_labels",
    "sandbox_at",
]
