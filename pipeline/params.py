"""The sections of params.yaml as frozen dataclasses: type, bounds or choices, unit and meaning of every key."""

from dataclasses import dataclass

from pipeline.category_params import CategoryParams
from pipeline.fields import a_file, a_folder, a_path, groups, one_of, section, some_of, switch, text, within
from pipeline.lab_params import AuditParams, CurvesParams, SearchParams
from pipeline.policy_params import RandAugmentParams, StepParams
from pipeline.stress_params import StressParams
from pipeline.synth_params import SynthParams

Range = tuple[float, float]
IntRange = tuple[int, int]
SCAN_DIRECTIONS = ("top_to_bottom", "bottom_to_top", "left_to_right", "right_to_left")


@dataclass(frozen=True)
class RealParams:
    name: str = text("what the page calls the real frames", "text")
    video_path: str = a_file('a local copy of the video; "": it comes from the archive', may_be_empty=True)
    video_sha256: str = text("of the video", "64 hex digits")
    package: str = text('its archive also holds backgrounds; "": none', 'name==version or ""')
    archive_sha256: str = text("of the archive", "64 hex digits")
    video_member: str = text('the video in the archive; "" too: pictures, no video', "text")
    backgrounds: str = a_folder('of your pictures and videos; "": photographs of packages', may_be_empty=True)
    frames_per_s: float = within(0.0, 1e6, "of the video; 0: as its file says", "frames/s")
    annotations: str = a_path("COCO, YOLO or VOC boxes, of its frames or of pictures")
    unlabelled: str = a_path('frames to calibrate from; "": of the video, or train', may_be_empty=True)
    calibration_frames: IntRange = within(0, 10**7, "unlabelled: for camera, plate and view", "frame")
    train_frames: IntRange = within(0, 10**7, "labelled: only real_only learns from them", "frame")
    test_frames: IntRange = within(0, 10**7, "labelled: only ever measured on", "frame")


@dataclass(frozen=True)
class AssetParams:
    sprite_height_px: int = within(160, 1024, "of a body or a thing as it is rendered")
    pitch_deg_range: Range = within(0.0, 80.0, "how steeply the camera looks down on them")
    categories: dict[str, CategoryParams] = section("what is looked for, by name; the first is category 1")


@dataclass(frozen=True)
class SceneParams:
    width_px: int = within(64, 8192, "of a picture")
    height_px: int = within(64, 8192, "of a picture")
    train_images: int = within(1, 10**7, "of every rung", "images")
    test_images: int = within(1, 10**7, "of every rung, held out", "images")
    people_range: IntRange = within(0, 200, "in a scene", "people")
    person_height_px_range: Range = within(4.0, 4000.0, "of a person in the picture")
    pair_probability: float = within(0.0, 1.0, "that the next person walks beside the one before")
    walking_speed_m_s_range: Range = within(0.0, 12.0, "of a person")
    moving_camera_probability: float = within(0.0, 1.0, "that the camera moves; else on a solid mount")
    pan_deg_s_range: Range = within(-360.0, 360.0, "turn of a moving camera to the side")
    tilt_deg_s_range: Range = within(-360.0, 360.0, "turn of a moving camera up or down")
    roll_deg_s_range: Range = within(-360.0, 360.0, "turn of a moving camera about its axis")
    camera_speed_m_s_range: Range = within(0.0, 60.0, "of a moving camera over the ground")
    vibration_px_range: Range = within(0.0, 100.0, "amplitude, of a moving camera")
    vibration_hz_range: Range = within(0.1, 2000.0, "of a moving camera")


@dataclass(frozen=True)
class PhotographsParams:
    exposure_gain_range: Range = within(0.01, 100.0, "factor on a photograph's light")


@dataclass(frozen=True)
class PlacesParams:
    train_places: int = within(1, 10**6, "composed once; scenes go through them in turn", "places")
    test_places: int = within(1, 10**6, "the same for the held-out scenes", "places")
    camera_height_m_range: Range = within(0.2, 100.0, "above the ground")
    pitch_deg_range: Range = within(0.0, 85.0, "camera below the horizontal")
    focal_px_range: Range = within(50.0, 20000.0, "focal length")
    clutter_range: IntRange = within(0, 200, "patches, boxes, poles, bushes", "things")
    occluder_range: IntRange = within(0, 50, "what stands in front of people", "things")
    sun_probability: float = within(0.0, 1.0, "of sunshine; else overcast")
    shadow_strength_range: Range = within(0.0, 1.0, "share of the ground's light a body takes in sunshine")
    exposure_gain_range: Range = within(0.01, 100.0, "factor on what auto-exposure would choose")
    white_balance_log_sigma: float = within(0.0, 1.0, "spread of ln(gain) of each colour")
    haze_range: Range = within(0.0, 0.9, "veiling glare, as a share of the mean light")


@dataclass(frozen=True)
class MotionBlurParams:
    exposure_us_range: Range = within(1.0, 1e6, "how long the shutter is open, log-uniform")


@dataclass(frozen=True)
class RollingShutterParams:
    line_readout_us_range: Range = within(0.0, 1000.0, "from one line to the next")
    scan_directions: tuple[str, ...] = some_of(SCAN_DIRECTIONS, "order")


@dataclass(frozen=True)
class OpticsParams:
    psf_sigma_px_range: Range = within(0.0, 20.0, "blur of the lens, Gaussian")
    vignetting_range: Range = within(0.0, 0.95, "share of the light lost in the corners")
    lateral_ca_px_range: Range = within(-10.0, 10.0, "red against blue in the corners")


@dataclass(frozen=True)
class NoiseParams:
    electrons_at_white_range: Range = within(10.0, 1e6, "light of a white pixel, log-uniform", "e-")
    read_noise_e_range: Range = within(0.0, 1000.0, "of a pixel")
    row_noise_e_range: Range = within(0.0, 1000.0, "common to a row")
    dark_current_e_s_range: Range = within(0.0, 1e6, "electrons without light")
    prnu_range: Range = within(0.0, 0.2, "relative spread of the pixels' sensitivity")
    dsnu_e_range: Range = within(0.0, 1000.0, "spread of the pixels' offsets")
    bit_depth: int = within(6, 16, "of the sensor's numbers", "bit")
    black_level_dn: float = within(0.0, 10000.0, "what the sensor says in the dark")


@dataclass(frozen=True)
class IspParams:
    white_balance_gain_range: Range = within(0.2, 5.0, "of red and of blue, undone up to an error")
    white_balance_error_log_sigma: float = within(0.0, 1.0, "spread of ln(gain) of that error")
    saturation_range: Range = within(0.0, 3.0, "factor on the distance to grey")
    contrast_range: Range = within(0.0, 1.0, "strength of the s-shaped tone curve")
    denoise_sigma_range: Range = within(0.0, 10.0, "Gaussian smoothing", "px")
    sharpening_range: Range = within(0.0, 5.0, "amount of the unsharp mask")
    sharpening_sigma_px_range: Range = within(0.1, 10.0, "of that mask, Gaussian")


@dataclass(frozen=True)
class CodecParams:
    jpeg_quality_range: IntRange = within(1, 100, "as the IJG library counts it")
    subsamplings: tuple[str, ...] = some_of(("444", "422", "420"), "of the colours")


@dataclass(frozen=True)
class CalibratedParams:
    """Nothing to turn: the fit says how far each key may vary."""


@dataclass(frozen=True)
class SiteParams:
    standing: str = a_file("outlines, marked by hand, of what hides people in the plate")
    sun_probability: float = within(0.0, 1.0, "of sunshine on the people; else overcast")
    shadow_strength_range: Range = within(0.0, 1.0, "share of the ground's light a body takes in sunshine")
    light_gain_range: Range = within(0.01, 100.0, "factor on the plate's light, log-uniform")
    person_gain_range: Range = within(0.01, 100.0, "light on people against light on the plate")
    light_gradient: float = within(0.0, 1.0, "slow change of the light across the plate, as a share")
    walked_probability: float = within(0.0, 1.0, "of standing where people walked in the unlabelled frames")
    white_balance_log_sigma: float = within(0.0, 1.0, "spread of ln(gain) of each colour")


@dataclass(frozen=True)
class EffectParams:
    photographs: PhotographsParams = section("background: unrelated photographs")
    places: PlacesParams = section("background: composed places with a ground plane and light")
    motion_blur: MotionBlurParams = section("the shutter stays open for a while")
    rolling_shutter: RollingShutterParams = section("lines are exposed one after the other")
    optics: OpticsParams = section("the lens")
    noise: NoiseParams = section("of the sensor, in electrons, on a Bayer mosaic")
    isp: IspParams = section("image processing in the camera")
    codec: CodecParams = section("JPEG")
    calibrated: CalibratedParams = section("what the real frames tell varies within its fitted intervals")
    site: SiteParams = section("background: the plate of the real site")


@dataclass(frozen=True)
class NetworkParams:
    input_scale: float = within(0.05, 4.0, "real and synthetic frames are resized so before the network")
    stem_channels: int = within(4, 1024, "width of the network at stride 4", "channels")
    channels: tuple[int, int, int] = within(4, 1024, "at strides 8, 16, 32", "channels")
    blocks: tuple[int, int, int] = within(0, 16, "residual blocks there", "blocks")
    head_channels: int = within(4, 1024, "width of the feature pyramid and the head", "channels")


@dataclass(frozen=True)
class DetectorParams(NetworkParams):
    kind: str = one_of(("builtin", "command"), "the network below, or your own, run by two commands")
    train_command: str = text("trains one rung's detector; README: its {placeholders}", 'a command or ""')
    predict_command: str = text("writes COCO results; README: its {placeholders}", 'a command or ""')
    code: str = a_path("that the commands run: when it changes, DVC trains again")


@dataclass(frozen=True)
class DecodingParams:
    mirror: bool = switch("detect in the image and its mirror image, and average")
    score_floor: float = within(0.0, 1.0, "boxes that score less are dropped")
    nms_sigma: float = within(0.001, 1000.0, "of Soft-NMS; small: the worse of two boxes loses more")
    max_detections: int = within(1, 10000, "per image", "boxes")


@dataclass(frozen=True)
class TrainParams:
    seeds: int = within(1, 100, "trainings per dataset; they show how much luck there is", "runs")
    steps: int = within(1, 10**7, "optimizer steps, the same for every dataset", "steps")
    batch: int = within(1, 4096, "per step", "crops")
    crop_px: int = within(32, 4096, "side of a crop, after input_scale", multiple_of=32)
    person_crop_share: float = within(0.0, 1.0, "this share of the crops holds a person for certain")
    kernel_learning_rate: float = within(1e-7, 10.0, "of Muon, for inner kernels; highest: rises, then falls")
    learning_rate: float = within(1e-7, 10.0, "of AdamW, for all else; likewise")
    weight_decay: float = within(0.0, 1.0, "per step, times the learning rate")
    flip: bool = switch("mirror half of the crops")
    scale_range: Range = within(0.1, 10.0, "zoom of a crop, log-uniform")
    colour_jitter: float = within(0.0, 1.0, "of exposure, contrast, white balance, saturation; 0: none")
    grey_share: float = within(0.0, 1.0, "share of crops without colour")
    policy: tuple[tuple[StepParams, ...], ...] = groups(
        "one list drawn per crop", "lists of lists of {name, probability, strength}")
    rand_augment: RandAugmentParams = section("further augmentations, drawn at random")
    label_smoothing: float = within(0.0, 0.4, "a centre's target is 1 - this, background's this; 0: none")


@dataclass(frozen=True)
class EvaluateParams:
    iou: float = within(0.05, 0.95, "overlap from which a box has found a person")
    fppi: float = within(0.001, 100.0, "false alarms at the operating point", "per image")
    low_fppi: float = within(0.001, 100.0, "a second, stricter point", "per image")
    bootstrap_samples: int = within(100, 1000000, "behind every interval", "resamples")
    block_frames: int = within(1, 10000, "neighbours are alike: they are resampled together", "frames")
    transfer_images: int = within(1, 10**7, "of a rung's test set, for other rungs' detectors", "images")


@dataclass(frozen=True)
class GateParams:
    rung: str = text("the rung that is judged", "one of the ladder")
    max_gap: float = within(-1.0, 1.0, "for the upper end of the gap's 95 % interval")
    min_real_recall: float = within(0.0, 1.0, "for the lower end of real recall's 95 % interval")


@dataclass(frozen=True)
class Params:
    seed: int = within(0, 2**63, "the one number behind every random draw")
    ladder: tuple[str, ...] = text("from naive to real", "rungs")
    rungs: dict[str, tuple[str, ...]] = text("what a rung adds to the rung before it", "lists of effects")
    real: RealParams = section("the real camera's video, its splits and its labels")
    assets: AssetParams = section("the things to detect")
    scenes: SceneParams = section("what happens in front of the camera; the same scene i on every rung")
    effects: EffectParams = section("how strong each effect is; ranges are drawn from anew for every scene")
    synth: SynthParams = section("how scenes are made; no pixel depends on it")
    detector: DetectorParams = section("the detector; the network's keys are the builtin's")
    decoding: DecodingParams = section("from the network's maps to boxes; training does not see it")
    train: TrainParams = section("how the detector learns")
    evaluate: EvaluateParams = section("how it is measured")
    stress: StressParams = section("real test frames exposed again by a worse camera; only measured")
    gate: GateParams = section("what the verdict asks for")
    audit: AuditParams = section("is a transform safe? opt-in: dvc repro lab/dvc.yaml:audit")
    search: SearchParams = section("for augmentations; opt-in: python -m pipeline.search")
    curves: CurvesParams = section("learning curves; opt-in: dvc repro lab/dvc.yaml:curves")
