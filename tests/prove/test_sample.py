import pytest

from tests.prove.proofs import PROOFS, claims_of


@pytest.mark.parametrize("name", PROOFS)
def test_a_sample_of_every_proof_holds(name):
    claims = claims_of(name, full=False)
    assert claims
    for claim in claims:
        assert claim.holds, claim
