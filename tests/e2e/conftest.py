"""What the test files share: a folder for each, an authority, a mail corpus."""

import itertools
import os
import pathlib
import shutil
import tempfile

import pytest

from harness.browser import Browser
from harness.certificates import Authority
from harness.mails import Corpus
from harness.mekiki import Mekiki
from harness.thunderbird import Screen


@pytest.fixture(scope="module")
def folder(request):
    """A fresh folder of this test file, kept in the build folder if it fails.
    Servers run as other users too, so everybody may look into it."""
    made = pathlib.Path(tempfile.mkdtemp(prefix="mekiki-e2e-"))
    made.chmod(0o755)
    failed_before = request.session.testsfailed
    yield made
    kept = os.environ.get("MEKIKI_ARTIFACTS")
    if kept and request.session.testsfailed > failed_before:
        target = pathlib.Path(kept) / request.path.stem
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(
            made,
            target,
            ignore=lambda place, names: [
                name
                for name in names
                if not (pathlib.Path(place) / name).is_dir()
                and not (pathlib.Path(place) / name).is_file()
            ],
        )
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder / "authority")


@pytest.fixture(scope="module")
def corpus(folder):
    made = Corpus(folder / "corpus")
    yield made
    made.end()


@pytest.fixture(scope="module")
def browser():
    made = Browser()
    yield made
    made.end()


@pytest.fixture(scope="module")
def shots(request):
    """Kept, whatever becomes of the tests: people are to look at them."""
    name = request.path.stem.removeprefix("test_")
    place = pathlib.Path(os.environ.get("MEKIKI_ARTIFACTS", "artifacts")) / name
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="module")
def screen(folder):
    made = Screen(folder / "screen")
    yield made
    made.end()


@pytest.fixture(scope="module")
def start(folder):
    """Starts Mekiki; what a file started is ended after it, and must end well."""
    started = []

    numbers = itertools.count()

    def make(zone=None, settings=None, **options):
        place = folder / f"mekiki-{next(numbers)}"
        mekiki = Mekiki(place, zone, settings, **options)
        started.append(mekiki)
        return mekiki

    yield make
    problems = []
    for mekiki in started:
        try:
            mekiki.end()
        except AssertionError as problem:
            problems.append(str(problem))
    assert not problems, "\n".join(problems)
