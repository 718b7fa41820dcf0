"""How alike two pieces of text are."""

from gome.similarity import Similarity


def test_numbers_of_one_digit_tell_two_texts_apart():
    """Without them every step "part P: option O" was as like a success as any other."""
    same, other = Similarity().between("part 7: option 3", ["option 3 of part 7", "part 2: option 4"])
    assert same > 0.75
    assert other < 0.75


def test_a_text_is_itself_and_none_without_words():
    """Unit vectors, and zero where there is nothing to compare."""
    same, nothing = Similarity().between("encode the column", ["encode the column", "?!"])
    assert (round(float(same), 5), float(nothing)) == (1.0, 0.0)
