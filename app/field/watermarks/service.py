"""What the server has of devices: noted at a device's first use, written down after each upload."""

from app.field.watermarks.queries import DeviceUpload, note_first_use, ranges_of, save_states

__all__ = ["DeviceUpload", "note_first_use", "ranges_of", "save_states"]
