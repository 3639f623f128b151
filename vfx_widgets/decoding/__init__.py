"""Reading video files in a separate process, which may crash without this one."""

from .process import DecodingUnavailable, Undecodable, check_key_frames, displayed_size, save_poster, thumbnail

__all__ = ["DecodingUnavailable", "Undecodable", "check_key_frames", "displayed_size", "save_poster", "thumbnail"]
