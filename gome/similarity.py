"""How alike two pieces of text are, without any provider: scikit-learn's hashed word vectors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from sklearn.feature_extraction.text import HashingVectorizer

DIMENSIONS = 2**12


class Similarity:
    """Cosine similarity of texts by their words and pairs of words; stateless, so nothing is ever refitted."""

    def __init__(self) -> None:
        self._vectorizer = HashingVectorizer(
            n_features=DIMENSIONS, ngram_range=(1, 2), alternate_sign=False, stop_words="english"
        )

    def vector(self, text: str) -> csr_matrix:
        """Return the text's vector: (1, DIMENSIONS), unit length, or all zero for a text without words."""
        return csr_matrix(self._vectorizer.transform([text]))

    def between(self, text: csr_matrix, others: Sequence[csr_matrix]) -> NDArray[np.float64]:
        """Return the similarity of a text to each of the others: (n,), 0 to 1."""
        if not others:
            return np.zeros(0)
        return np.asarray((vstack(others) @ text.T).todense()).ravel()
