"""A copy of the sources under build/mutation, to be broken and built; the working tree is not touched."""

import contextlib
import filecmp
import os
import re
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLACE = os.path.join(ROOT, "build", "mutation")
TREE = os.path.join(PLACE, "tree")
BUILD = os.path.join(PLACE, "build")
BINARY = os.path.join(BUILD, "src", "cli", "stator")
LEFT_OUT = {"build", "data", ".git", "node_modules", "__pycache__"}


class Failure(Exception):
    """The tests miss something, or cannot be run; the text says what."""


def copy_tree():
    """Brings the copy up to date; files that are the same keep their times, so that they are not compiled again."""
    wanted = set()
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in LEFT_OUT and not name.startswith("build-")]
        for name in files:
            source = os.path.join(folder, name)
            path = os.path.relpath(source, ROOT)
            wanted.add(path)
            target = os.path.join(TREE, path)
            if not os.path.exists(target) or not filecmp.cmp(source, target, shallow=False):
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copyfile(source, target)
    for folder, _, files in os.walk(TREE):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.relpath(path, TREE) not in wanted:
                os.unlink(path)


def _quietly(command, what):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failure(f"{what}:\n{done.stdout}")


def build():
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        _quietly(["meson", "setup", BUILD, TREE, "-Doptimization=1", "-Dtests=disabled"], "the copy cannot be configured")
    _quietly(["ninja", "-C", BUILD, "src/cli/stator"], "the copy cannot be built")


def changed(name, file, find, replace, source):
    """The source with what is to be found replaced. White space in what it looks for stands for any white space."""
    pattern = r"\s+".join(map(re.escape, find.split()))
    found = list(re.finditer(pattern, source))
    if len(found) != 1:
        raise Failure(f"{name}: what it changes is there {len(found)} times in {file}, not once")
    [place] = found
    return source[:place.start()] + replace + source[place.end():]


def check(name, changes, folder=ROOT):
    """Raises Failure if a change, (file, find, replace), does not fit. Returns the files with all of them: file -> text."""
    texts = {}
    for file, find, replace in changes:
        if file not in texts:
            with open(os.path.join(folder, file), encoding="utf-8") as f:
                texts[file] = f.read()
        texts[file] = changed(name, file, find, replace, texts[file])
    return texts


def _write(texts):
    for file, text in texts.items():
        with open(os.path.join(TREE, file), "w", encoding="utf-8") as f:
            f.write(text)


@contextlib.contextmanager
def broken(name, changes):
    """The copy is built with the changes; at the end of the block it is whole again, but not built."""
    broken_texts = check(name, changes, TREE)
    whole = {}
    for file in broken_texts:
        with open(os.path.join(TREE, file), encoding="utf-8") as f:
            whole[file] = f.read()
    try:
        _write(broken_texts)
        build()
        yield BINARY
    finally:
        _write(whole)
