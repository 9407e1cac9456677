from tests.detect.conftest import decoding_params, detector_params

__all__ = ["decoding_params", "detector_params"]
