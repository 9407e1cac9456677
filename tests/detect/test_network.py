import torch

from pipeline.detect.network import PRIOR, PRIOR_SIDE, STRIDE, build


def test_shapes_and_first_answers(detector_params):
    torch.manual_seed(0)
    network = build(detector_params)
    logits, distances = network(torch.rand(2, 3, 64, 96) * 2 - 1)
    assert logits.shape == (2, 1, 64 // STRIDE, 96 // STRIDE)
    assert distances.shape == (2, 4, 64 // STRIDE, 96 // STRIDE)
    assert (distances > 0).all()
    assert abs(torch.sigmoid(logits).mean() - PRIOR) < 0.01
    assert abs(distances.mean() - PRIOR_SIDE) < 2


def test_cells_lie_where_the_targets_put_them(detector_params):
    """What a cell answers depends most on the input around this cell."""
    torch.manual_seed(1)
    network = build(detector_params).eval()
    for row, col in ((8, 20), (15, 15), (21, 9)):
        total = torch.zeros(128, 128)
        for _ in range(8):
            image = (torch.rand(1, 3, 128, 128) * 2 - 1).requires_grad_()
            network(image)[0][0, 0, row, col].backward()
            total += image.grad.abs().sum((0, 1))
        top, left = max(0, row * STRIDE - 24), max(0, col * STRIDE - 24)
        near = total[top : row * STRIDE + 24, left : col * STRIDE + 24]
        assert near.sum() > 0.5 * total.sum()
