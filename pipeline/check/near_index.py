"""Hashes near a hash, without looking at all of them.

The 64 bits are cut into 4 words of 16. Hashes that differ in at most 7 bits have a word in which they differ in at most
one, so 17 look-ups a word find them all; of those that differ in more, most. (M. Norouzi, A. Punjani, D. J. Fleet, Fast
search in Hamming space with multi-index hashing, CVPR 2012)
"""

import numpy as np

WORDS, WORD_BITS = 4, 16
NEAR_BITS = 12
FLIPS = np.concatenate([[0], 1 << np.arange(WORD_BITS)]).astype(np.uint64)  # no bit, or one


class NearIndex:
    """hashes: uint64 (N,)."""

    def __init__(self, hashes: np.ndarray) -> None:
        self.hashes = hashes
        words = [_word(hashes, i) for i in range(WORDS)]
        self._orders = [np.argsort(word, kind="stable") for word in words]
        self._sorted = [word[order] for word, order in zip(words, self._orders, strict=True)]

    def near(self, queries: np.ndarray) -> np.ndarray:
        """Sorted numbers of the hashes within `NEAR_BITS` of any query, uint64 (Q,): all within 7 bits."""
        found = []
        for i in range(WORDS):
            keys = np.unique(_word(queries, i)[:, None] ^ FLIPS)
            starts = np.searchsorted(self._sorted[i], keys, "left")
            ends = np.searchsorted(self._sorted[i], keys, "right")
            found += [self._orders[i][a:b] for a, b in zip(starts, ends, strict=True) if a < b]
        candidates = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
        return candidates[self._bits(queries, self.hashes[candidates]) <= NEAR_BITS]

    def within(self, queries: np.ndarray, bits: int) -> np.ndarray:
        """Sorted numbers of all hashes within so many bits of any query; looks at every one."""
        return np.flatnonzero(self._bits(queries, self.hashes) <= bits)

    @staticmethod
    def _bits(queries: np.ndarray, hashes: np.ndarray) -> np.ndarray:
        return np.bitwise_count(queries[:, None] ^ hashes).min(axis=0)


def _word(hashes: np.ndarray, number: int) -> np.ndarray:
    return (hashes >> np.uint64(number * WORD_BITS)) & np.uint64(2**WORD_BITS - 1)
