"""The camera: physics from linear scene light to the saved picture, and labels that follow it."""

from sensors.camera import Camera, Photo
from sensors.cfa import Cfa
from sensors.codec import Codec
from sensors.exposure import Coverage, Exposed, Rendered, Scene, expose
from sensors.isp import ColourResponse, Isp
from sensors.labels import ActorLabel
from sensors.noise import Sensor
from sensors.optics import Optics
from sensors.profile import CameraProfile
from sensors.profile_file import load_profile, shipped_profiles
from sensors.shutter import Shutter
from sensors.validation import LightError, ProfileError

__all__ = [
    "ActorLabel", "Camera", "CameraProfile", "Cfa", "Codec", "ColourResponse", "Coverage", "Exposed", "Isp",
    "LightError", "Optics", "Photo", "ProfileError", "Rendered", "Scene", "Sensor", "Shutter", "expose",
    "load_profile", "shipped_profiles",
]
