"""How alike two pieces of text are, without any provider: scikit-learn's hashed word vectors."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.feature_extraction.text import HashingVectorizer

DIMENSIONS = 2**12
WORD = r"(?u)\b\w+\b"  # numbers of one digit, too
KEPT = 4096  # vectors of texts that were asked about lately


class Similarity:
    """Cosine similarity of texts by their words and pairs of words; stateless, so nothing is ever refitted."""

    def __init__(self) -> None:
        self._vectorizer = HashingVectorizer(
            n_features=DIMENSIONS,
            ngram_range=(1, 2),
            alternate_sign=False,
            stop_words="english",
            token_pattern=WORD,
            dtype=np.float32,
        )
        self._vector = lru_cache(KEPT)(self._compute)

    def _compute(self, text: str) -> csr_matrix:
        return self.vectors([text])

    def vectors(self, texts: Sequence[str]) -> csr_matrix:
        """Return the vectors of texts that are not asked about again: (n, DIMENSIONS)."""
        return csr_matrix(self._vectorizer.transform(texts))

    def vector(self, text: str) -> csr_matrix:
        """Return the text's vector: (1, DIMENSIONS), unit length, or all zero for a text without words."""
        return self._vector(text)

    def between(self, text: str, others: Sequence[str]) -> NDArray[np.float32]:
        """Return the similarity of a text to each of the others: (n,), 0 to 1."""
        if not others:
            return np.zeros(0, np.float32)
        asked = self.vector(text)
        return np.array([self._dot(asked, self.vector(other)) for other in others], np.float32)

    @staticmethod
    def _dot(one: csr_matrix, other: csr_matrix) -> float:
        _, mine, theirs = np.intersect1d(one.indices, other.indices, assume_unique=True, return_indices=True)
        return float(one.data[mine] @ other.data[theirs])


class Shelf:
    """Vectors of many texts, to look up which are alike; rows keep the order in which they came.

    Rows are gathered into one matrix a block at a time: a look-up is one product, whatever the number of rows. Texts
    are turned into vectors when somebody looks: a run that is resumed takes up thousands first.
    """

    BLOCK = 256  # rows after which those that came lately join the matrix

    def __init__(self, similarity: Similarity) -> None:
        self._similarity = similarity
        self._matrix = csr_matrix((0, DIMENSIONS), dtype=np.float32)
        self._recent = self._matrix
        self._texts: list[str] = []  # that have no vectors yet

    def __len__(self) -> int:
        return int(self._matrix.shape[0] + self._recent.shape[0]) + len(self._texts)

    def add(self, text: str) -> None:
        """Add a row."""
        self._texts.append(text)

    def alike(self, text: str) -> NDArray[np.float32]:
        """Return the similarity of a text to each row: (n,), 0 to 1."""
        self._gather()
        asked = np.asarray(self._similarity.vector(text).todense(), np.float32).ravel()  # (DIMENSIONS,)
        return np.concatenate([self._matrix @ asked, self._recent @ asked])

    def _gather(self) -> None:
        if self._texts:
            self._recent = vstack([self._recent, self._similarity.vectors(self._texts)], format="csr")
            self._texts = []
        if self._recent.shape[0] >= self.BLOCK:
            self._matrix = vstack([self._matrix, self._recent], format="csr")
            self._recent = csr_matrix((0, DIMENSIONS), dtype=np.float32)
