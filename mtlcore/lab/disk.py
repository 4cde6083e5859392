"""The disk under a store: its folders, locks, room, and what the system refuses."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from tqdm import tqdm

from mtlcore.lab import source

RESERVED = 2**24  # bytes that a writer takes before it computes, so that a full disk shows at once; a record has 2 MB


def root() -> Path:
    """Folder of the records: MTLCORE_STORE, else `_store` in the checkout, else a folder in the user's cache.

    Raises:
        ValueError: if the user has no home folder for the cache.
    """
    if path := os.environ.get("MTLCORE_STORE"):
        return Path(path).expanduser()
    checkout = source.PACKAGE.parent
    if (checkout / "pyproject.toml").exists():
        return checkout / "_store"
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mtlcore"
    except RuntimeError:
        raise ValueError("there is no home folder for the store; allowed: MTLCORE_STORE names a folder") from None


def base() -> Path | None:
    """A store that is read before the other and never written: MTLCORE_BASE_STORE, or none."""
    path = os.environ.get("MTLCORE_BASE_STORE")
    return Path(path).expanduser() if path else None


def stores() -> list[Path]:
    """The folders in which records are looked for, in this order."""
    return [folder for folder in (base(), root()) if folder]


@contextlib.contextmanager
def explain_refusal(folder: Path) -> Iterator[None]:
    """Say in one line which store the system did not let us write, and what to do.

    Raises:
        OSError: with this line, if the disk refuses.
    """
    try:
        yield
    except OSError as error:
        raise OSError(
            f"{folder.name} can't be written to the store {folder.parent}: {error.strerror or error}; "
            "free space there or make it writable, or set MTLCORE_STORE to another folder"
        ) from None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a record's lock; wait for who has it.

    Raises:
        OSError: if the store can't be written.
    """
    lock = FileLock(folder.parent / ".locks" / folder.name)
    with contextlib.ExitStack() as held:
        with explain_refusal(folder):
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            try:
                held.enter_context(lock.acquire(timeout=0))
            except Timeout:
                with tqdm(desc=f"{folder.name}: another process computes it", bar_format="{desc}, waiting {elapsed}"):
                    held.enter_context(lock.acquire())
        try:
            yield
        finally:
            with contextlib.suppress(
                OSError
            ):  # held, so that who opened it meanwhile sees that it is gone, and retries
                Path(lock.lock_file).unlink()


def is_locked(folder: Path) -> bool:
    """Whether somebody computes a record now."""
    path = folder.parent / ".locks" / folder.name
    if not path.exists():
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except (OSError, Timeout):
        return True


@contextlib.contextmanager
def reserved_space(folder: Path) -> Iterator[Path]:
    """A place to write a record aside, with `RESERVED` bytes taken; what killed writers left is cleared away.

    The system drops a lock with its process, so a `.writing-` folder whose lock is free has no writer.

    Args:
        folder: the record's folder; its lock must be held.

    Yields:
        The place; it is gone afterwards.

    Raises:
        OSError: if the disk refuses.
    """
    aside = folder.with_name(f".writing-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    for left in folder.parent.glob(".writing-*"):
        lock = FileLock(folder.parent / ".locks" / left.name.removeprefix(".writing-"))
        with contextlib.suppress(OSError), lock.acquire(timeout=0):
            shutil.rmtree(left)
            Path(lock.lock_file).unlink()
    try:
        with explain_refusal(folder):
            aside.mkdir()
            (aside / "reserved").write_bytes(bytes(RESERVED))
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def discard(folder: Path) -> None:
    """Remove what stands in a record's place: a folder, a file or a link.

    Raises:
        OSError: if the system refuses.
    """
    with explain_refusal(folder):
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink()
