"""Progress: who watches is told of each step, for as long as it watches."""

import threading

import pytest

from mtlcore.lab.progress import advance, watched


def test_a_step_that_nobody_watches_does_nothing():
    advance()


def test_a_watcher_is_told_of_each_step_within_its_block():
    steps = []
    with watched(lambda: steps.append("step")):
        assert steps == []
        advance()
        advance()
    advance()
    assert steps == ["step", "step"]


def test_the_inner_of_two_watchers_is_told_and_then_the_outer_again():
    steps = []
    with watched(lambda: steps.append("outer")):
        advance()
        with watched(lambda: steps.append("inner")):
            advance()
            with watched(lambda: steps.append("innermost")):
                advance()
            advance()
        advance()
    assert steps == ["outer", "inner", "innermost", "inner", "outer"]


def test_after_an_error_the_watcher_is_the_one_before():
    steps = []
    with watched(lambda: steps.append("outer")):
        with pytest.raises(ZeroDivisionError), watched(lambda: steps.append("inner")):
            advance()
            raise ZeroDivisionError
        advance()
    advance()
    assert steps == ["inner", "outer"]


def test_what_a_watcher_raises_reaches_the_work():
    """So an interrupted bar stops the computation."""

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), watched(interrupt):
        advance()
    advance()


def test_another_thread_has_watchers_of_its_own():
    steps = []

    def work():
        advance()
        with watched(lambda: steps.append("there")):
            advance()

    with watched(lambda: steps.append("here")):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        advance()
    assert steps == ["there", "here"]
