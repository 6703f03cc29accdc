"""Pictures that training leaves aside."""

from desktop_app.services.training.validation_split import is_held_back, split_by_name


def names(count):
    return [f"photo_{number:04}.jpg" for number in range(count)]


def test_about_a_tenth_is_held_back_and_never_learned_from():
    learned, kept = split_by_name(names(2000))
    assert sorted(learned + kept) == [*range(2000)]
    assert 160 < len(kept) < 240


def test_the_name_alone_decides():
    _, kept = split_by_name(names(100))
    assert [names(300)[number] for number in kept] == [n for n in names(100) if is_held_back(n)]


def test_of_five_pictures_at_least_one_is_held_back_and_of_fewer_none():
    for count in range(5, 40):
        learned, kept = split_by_name(names(count))
        assert kept
        assert not {*kept} & {*learned}
    assert split_by_name(names(4)) == ([0, 1, 2, 3], [0, 1, 2, 3])


def test_something_is_left_to_learn_from():
    unlucky = [name for name in names(2000) if is_held_back(name)][:6]
    assert split_by_name(unlucky) == ([*range(6)], [*range(6)])
