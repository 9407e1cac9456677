"""The sections of params.yaml as frozen dataclasses: types, bounds and choices of every key."""

from dataclasses import dataclass, field

Range = tuple[float, float]
IntRange = tuple[int, int]
SCAN_DIRECTIONS = ("top_to_bottom", "bottom_to_top", "left_to_right", "right_to_left")


def within(low, high):
    """A number, or both ends of a range, between low and high."""
    return field(metadata={"bounds": (low, high)})


def one_of(*choices):
    return field(metadata={"choices": choices})


@dataclass(frozen=True)
class RealParams:
    name: str
    video_path: str
    video_sha256: str
    package: str
    archive_sha256: str
    video_member: str
    frames_per_s: float = within(0.0, 1e6)
    annotations: str
    calibration_frames: IntRange = within(0, 10**7)
    train_frames: IntRange = within(0, 10**7)
    test_frames: IntRange = within(0, 10**7)


@dataclass(frozen=True)
class AssetParams:
    people: int = within(8, 20000)
    sprite_height_px: int = within(160, 1024)
    pitch_deg_range: Range = within(0.0, 80.0)


@dataclass(frozen=True)
class SceneParams:
    width_px: int = within(64, 8192)
    height_px: int = within(64, 8192)
    train_images: int = within(1, 10**7)
    test_images: int = within(1, 10**7)
    people_range: IntRange = within(0, 200)
    person_height_px_range: Range = within(4.0, 4000.0)
    pair_probability: float = within(0.0, 1.0)
    walking_speed_m_s_range: Range = within(0.0, 12.0)
    moving_camera_probability: float = within(0.0, 1.0)
    pan_deg_s_range: Range = within(-360.0, 360.0)
    tilt_deg_s_range: Range = within(-360.0, 360.0)
    roll_deg_s_range: Range = within(-360.0, 360.0)
    camera_speed_m_s_range: Range = within(0.0, 60.0)
    vibration_px_range: Range = within(0.0, 100.0)
    vibration_hz_range: Range = within(0.1, 2000.0)


@dataclass(frozen=True)
class PhotographsParams:
    exposure_gain_range: Range = within(0.01, 100.0)


@dataclass(frozen=True)
class PlacesParams:
    train_places: int = within(1, 10**6)
    test_places: int = within(1, 10**6)
    camera_height_m_range: Range = within(0.2, 100.0)
    pitch_deg_range: Range = within(0.0, 85.0)
    focal_px_range: Range = within(50.0, 20000.0)
    clutter_range: IntRange = within(0, 200)
    occluder_range: IntRange = within(0, 50)
    sun_probability: float = within(0.0, 1.0)
    shadow_strength_range: Range = within(0.0, 1.0)
    exposure_gain_range: Range = within(0.01, 100.0)
    white_balance_log_sigma: float = within(0.0, 1.0)
    haze_range: Range = within(0.0, 0.9)


@dataclass(frozen=True)
class MotionBlurParams:
    exposure_us_range: Range = within(1.0, 1e6)


@dataclass(frozen=True)
class RollingShutterParams:
    line_readout_us_range: Range = within(0.0, 1000.0)
    scan_directions: tuple[str, ...] = one_of(*SCAN_DIRECTIONS)


@dataclass(frozen=True)
class OpticsParams:
    psf_sigma_px_range: Range = within(0.0, 20.0)
    vignetting_range: Range = within(0.0, 0.95)
    lateral_ca_px_range: Range = within(-10.0, 10.0)


@dataclass(frozen=True)
class NoiseParams:
    electrons_at_white_range: Range = within(10.0, 1e6)
    read_noise_e_range: Range = within(0.0, 1000.0)
    row_noise_e_range: Range = within(0.0, 1000.0)
    dark_current_e_s_range: Range = within(0.0, 1e6)
    prnu_range: Range = within(0.0, 0.2)
    dsnu_e_range: Range = within(0.0, 1000.0)
    bit_depth: int = within(6, 16)
    black_level_dn: float = within(0.0, 10000.0)


@dataclass(frozen=True)
class IspParams:
    white_balance_gain_range: Range = within(0.2, 5.0)
    white_balance_error_log_sigma: float = within(0.0, 1.0)
    saturation_range: Range = within(0.0, 3.0)
    contrast_range: Range = within(0.0, 1.0)
    denoise_sigma_range: Range = within(0.0, 10.0)
    sharpening_range: Range = within(0.0, 5.0)
    sharpening_sigma_px_range: Range = within(0.1, 10.0)


@dataclass(frozen=True)
class CodecParams:
    jpeg_quality_range: IntRange = within(1, 100)
    subsamplings: tuple[str, ...] = one_of("444", "422", "420")


@dataclass(frozen=True)
class CalibratedParams:
    """Nothing to turn: the fit says how far each key may vary."""


@dataclass(frozen=True)
class SiteParams:
    standing: str
    sun_probability: float = within(0.0, 1.0)
    shadow_strength_range: Range = within(0.0, 1.0)
    light_gain_range: Range = within(0.01, 100.0)
    person_gain_range: Range = within(0.01, 100.0)
    light_gradient: float = within(0.0, 1.0)
    walked_probability: float = within(0.0, 1.0)
    white_balance_log_sigma: float = within(0.0, 1.0)


@dataclass(frozen=True)
class EffectParams:
    photographs: PhotographsParams
    places: PlacesParams
    motion_blur: MotionBlurParams
    rolling_shutter: RollingShutterParams
    optics: OpticsParams
    noise: NoiseParams
    isp: IspParams
    codec: CodecParams
    calibrated: CalibratedParams
    site: SiteParams


@dataclass(frozen=True)
class DetectorParams:
    input_scale: float = within(0.05, 4.0)
    stem_channels: int = within(4, 1024)
    channels: tuple[int, int, int] = within(4, 1024)
    blocks: tuple[int, int, int] = within(0, 16)
    head_channels: int = within(4, 1024)


@dataclass(frozen=True)
class DecodingParams:
    mirror: bool
    score_floor: float = within(0.0, 1.0)
    nms_sigma: float = within(0.001, 1000.0)
    max_detections: int = within(1, 10000)


@dataclass(frozen=True)
class TrainParams:
    seeds: int = within(1, 100)
    steps: int = within(1, 10**7)
    batch: int = within(1, 4096)
    crop_px: int = within(32, 4096)
    person_crop_share: float = within(0.0, 1.0)
    kernel_learning_rate: float = within(1e-7, 10.0)
    learning_rate: float = within(1e-7, 10.0)
    weight_decay: float = within(0.0, 1.0)
    flip: bool = field()
    scale_range: Range = within(0.1, 10.0)
    colour_jitter: float = within(0.0, 1.0)
    grey_share: float = within(0.0, 1.0)


@dataclass(frozen=True)
class EvaluateParams:
    iou: float = within(0.05, 0.95)
    fppi: float = within(0.001, 100.0)
    low_fppi: float = within(0.001, 100.0)
    bootstrap_samples: int = within(100, 1000000)
    block_frames: int = within(1, 10000)
    transfer_images: int = within(1, 10**7)


@dataclass(frozen=True)
class StressParams:
    images: int = within(1, 10**6)
    seeds: int = within(1, 100)
    pan_px_s_range: Range = within(1.0, 1e5)
    vibration_px_range: Range = within(0.0, 100.0)
    vibration_hz_range: Range = within(0.1, 2000.0)
    motion_blur_px: tuple[float, ...] = within(0.1, 500.0)
    rolling_shutter_skew_px: tuple[float, ...] = within(0.1, 500.0)
    electrons_at_white: tuple[float, ...] = within(1.0, 1e6)
    jpeg_quality: tuple[int, ...] = within(1, 100)


@dataclass(frozen=True)
class GateParams:
    rung: str
    max_gap: float = within(-1.0, 1.0)
    min_real_recall: float = within(0.0, 1.0)


@dataclass(frozen=True)
class Params:
    seed: int = within(0, 2**63)
    ladder: tuple[str, ...] = field()
    rungs: dict[str, tuple[str, ...]] = field()
    real: RealParams = field()
    assets: AssetParams = field()
    scenes: SceneParams = field()
    effects: EffectParams = field()
    detector: DetectorParams = field()
    decoding: DecodingParams = field()
    train: TrainParams = field()
    evaluate: EvaluateParams = field()
    stress: StressParams = field()
    gate: GateParams = field()
