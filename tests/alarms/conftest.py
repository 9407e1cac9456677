from tests.detect.conftest import decoding_params, detector_params, small_dataset, train_params

__all__ = ["decoding_params", "detector_params", "small_dataset", "train_params"]
