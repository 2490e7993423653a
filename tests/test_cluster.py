"""A build whose work is shared gives the very index that one machine gives, whatever is lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Library
from engines import kept_by
from fakes import WordEncoder
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import rag
from rag.cluster import cluster as cluster_module
from rag.cluster import ray_pool
from rag.cluster.cluster import file_jobs
from rag.cluster.ray_pool import RayPool
from rag.cluster.shard import Shard, name_of, pack, unpack
from rag.cluster.sharing import Sharing, share
from rag.cluster.storage import Storage
from rag.cluster.worker import Job, Order, Worker
from rag.document import Block, Document
from rag.errors import LimitError, ReadError
from rag.index.build import build
from rag.index.store import open_store
from rag.index.vectors import text_sha256
from rag.reports import BuildReport
from rag.searched import searched

RECIPE = "a" * 64

# --- what a shard is


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=9)))
    pages = st.none() | st.integers(1, 9)
    blocks = tuple(
        Block(start, end, "prose", page=draw(pages), recognised=draw(st.booleans()))
        for start, end in pairwise(cuts)
    )
    names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
    return Document(
        path=draw(names),
        title=draw(names),
        text=text,
        blocks=blocks,
        file_sha256=hashlib.sha256(text.encode()).hexdigest(),
        reader="text 1",
        notes=tuple(draw(st.lists(names, max_size=2))),
        paging=draw(st.sampled_from(["page", "slide"])),
    )


FLOATS = st.floats(-1, 1, width=32)


@given(
    st.lists(documents(), max_size=3, unique_by=lambda document: document.path),
    st.lists(st.binary(max_size=8), max_size=4, unique=True),
    st.data(),
)
def test_a_shard_is_read_back_as_it_was_written(
    read: list[Document], texts: list[bytes], data: st.DataObject
) -> None:
    outcomes: dict[str, tuple[str, Document | ReadError]] = {
        document.path: (document.file_sha256, document) for document in read
    }
    vectors = {
        hashlib.sha256(text).hexdigest(): data.draw(arrays(np.float32, 3, elements=FLOATS))
        for text in texts
    }
    packed = pack(Shard(outcomes, vectors), RECIPE)
    found = unpack(packed, name_of(packed), RECIPE)
    assert dict(found.outcomes) == outcomes
    assert found.vectors.keys() == vectors.keys()
    assert all(np.array_equal(found.vectors[key], vectors[key]) for key in vectors)
    assert pack(found, RECIPE) == packed, "the same content is the same bytes"


def example() -> bytes:
    document = Document("a.txt", "A", "Apples.", (Block(0, 7, "prose"),), "b" * 64, "text 1")
    outcomes: dict[str, tuple[str, Document | ReadError]] = {
        "a.txt": ("b" * 64, document),
        "b.txt": ("c" * 64, ReadError("damaged")),
        "c.txt": ("d" * 64, LimitError("too slow")),
    }
    return pack(Shard(outcomes, {"e" * 64: np.ones(2, np.float32)}), RECIPE)


def test_why_a_file_was_not_read_keeps_its_kind() -> None:
    packed = example()
    outcomes = unpack(packed, name_of(packed), RECIPE).outcomes
    kinds = {path: (type(found), str(found)) for path, (_, found) in outcomes.items()}
    assert {outcomes[path][1].file_sha256 for path in ("b.txt", "c.txt")} == {"c" * 64, "d" * 64}
    assert kinds["b.txt"] == (ReadError, "damaged")
    assert kinds["c.txt"] == (LimitError, "too slow")


@given(st.integers(0, len(example()) - 1), st.integers(1, 255))
def test_no_shard_with_a_changed_byte_counts(at: int, change: int) -> None:
    data = bytearray(example())
    name = name_of(bytes(data))
    data[at] ^= change
    with pytest.raises(ValueError, match="named for"):
        unpack(bytes(data), name, RECIPE)
    with pytest.raises(ValueError, match="named for"):
        unpack(bytes(data[:at]), name, RECIPE)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        max_leaves=8,
    ),
    st.sampled_from(["documents", "refused", "hashes", "whole"]),
    st.binary(max_size=9),
)
def test_what_no_worker_writes_is_refused_and_never_a_crash(
    value: Any, where: str, rest: bytes
) -> None:
    good = {"recipe": RECIPE, "documents": [], "refused": [], "hashes": []}
    text = json.dumps(value if where == "whole" else good | {where: value}).encode()
    data = b"rag shard 1\n" + len(text).to_bytes(8, "big") + text + rest
    try:
        found = unpack(data, name_of(data), RECIPE)
    except ValueError:
        return
    assert all(isinstance(path, str) for path in found.outcomes)
    assert len(found.vectors) == len(set(found.vectors))


def test_a_shard_of_another_recipe_does_not_count() -> None:
    data = example()
    with pytest.raises(ValueError, match="another recipe"):
        unpack(data, name_of(data), "b" * 64)


@given(st.lists(st.integers(0, 2_000_000), max_size=200))
def test_every_file_is_in_one_job_and_none_is_too_large(sizes: list[int]) -> None:
    files = {str(number): ("f" * 64, size) for number, size in enumerate(sizes)}
    jobs = file_jobs(files)
    assert [path for job in jobs for path, _ in job.files] == list(files)
    for job in jobs:
        total = sum(files[path][1] for path, _ in job.files)
        assert 1 <= len(job.files) <= 64
        assert len(job.files) == 1 or total <= 500_000


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_shards_lie_in_a_folder_or_at_a_url(tmp_path: Path, scheme: str) -> None:
    storage = Storage(f"{scheme}{tmp_path}/some/shards")
    assert storage.names() == []
    names = sorted(storage.write(data) for data in (b"one", b"two"))
    assert storage.names() == names
    assert {storage.read(name) for name in names} == {b"one", b"two"}
    assert storage.read("0" * 64) is None
    (tmp_path / "some" / "shards" / "notes.txt").write_text("mine")
    storage.remove([*names, "0" * 64])
    assert storage.names() == []
    assert (tmp_path / "some" / "shards" / "notes.txt").exists(), "only shards are removed"


@pytest.mark.parametrize("place", ["{}/file/shards", "nonsense://x/y"])
def test_a_place_that_cannot_be_used_is_one_clear_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(rag.ClusterError, match="name another with --shards") as told:
        Storage(place.format(tmp_path)).write(b"x")
    assert told.value.logged == "shards cannot be written", "without what the storage says"


# --- a build with workers that are no cluster


class OneWorker:
    """A pool of one worker, in this process; ``harm`` may do something after each shard."""

    def __init__(self, order: Order, harm: Callable[[int, str], None]) -> None:
        self.worker = Worker(order)
        self.worker.check()
        self.harm = harm

    def do(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, str]]:
        for number, job in enumerate(jobs):
            name = self.worker.do(job)
            self.harm(number, name)
            yield job, name


def sharing(library: Library, harm: Callable[[int, str], None] = lambda *_: None) -> Sharing:
    @contextmanager
    def open_pool(order: Order) -> Iterator[OneWorker]:
        pool = OneWorker(order, harm)
        try:
            yield pool
        finally:
            pool.worker.close()

    return Sharing(open_pool, str(library.index / "shards"))


def shared_build(
    library: Library, harm: Callable[[int, str], None] = lambda *_: None
) -> BuildReport:
    return build(library.settings, encoder=library.encoder, sharing=sharing(library, harm))


def fill(library: Library, files: int = 12) -> None:
    for number in range(files):
        library.write(f"{number:02d}.txt", f"Fact {number} is here. It has a number.")
    (library.corpus / "broken.pdf").write_bytes(b"%PDF-1.7 nothing of the kind")
    library.write("long.txt", "Too long. " * 100)
    library.settings = replace(library.settings, max_text_chars=500)


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "_FILES", 2)
    monkeypatch.setattr(cluster_module, "_TEXTS", 3)


def content(index: Path) -> dict[str, bytes]:
    """Every file of the generation that serves."""
    folder = index / "generations" / (index / "CURRENT").read_text().strip()
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def alone(library: Library, folder: Path) -> tuple[BuildReport, dict[str, bytes]]:
    """What one machine makes of the same corpus."""
    settings = replace(library.settings, index=str(folder))
    report = build(settings, encoder=WordEncoder())
    return report, content(folder)


def same(one: BuildReport, other: BuildReport) -> bool:
    return replace(one, seconds=0) == replace(other, seconds=0)


def test_the_index_is_the_one_machine_builds_to_the_byte(library: Library, tmp_path: Path) -> None:
    fill(library)
    report = shared_build(library)
    expected, files = alone(library, tmp_path / "alone")
    assert same(report, expected)
    assert [item.path for item in report.skipped] == ["broken.pdf", "long.txt"]
    assert content(library.index) == files
    assert not (library.index / "shards").exists(), "shards of a finished build are removed"


def test_a_build_with_nothing_to_do_opens_no_cluster(library: Library) -> None:
    fill(library)
    (library.corpus / "long.txt").unlink()
    shared_build(library)
    never = Sharing(lambda order: pytest.fail("a cluster was opened"), "unused")
    assert build(library.settings, encoder=library.encoder, sharing=never).added == ()


def test_what_is_indexed_already_is_not_embedded_again(library: Library, tmp_path: Path) -> None:
    fill(library)
    library.build()
    library.encoder.encoded.clear()
    library.write("new.txt", "A new fact.")
    library.write("03.txt", "Fact 3 is another one now.")
    library.write("copy/04.txt", "Fact 4 is here. It has a number.")  # the text of an old passage
    report = shared_build(library)
    assert sorted(library.encoder.encoded) == ["03\nFact 3 is another one now.", "new\nA new fact."]
    assert (report.embedded, report.added) == (2, ("copy/04.txt", "new.txt"))
    expected, files = alone(library, tmp_path / "alone")
    assert report.index_id == expected.index_id
    assert content(library.index) == files


def test_documents_that_are_only_split_anew_are_embedded_by_the_cluster(
    library: Library, tmp_path: Path
) -> None:
    text = "".join(f"Fact {number} is about plant {number}. " for number in range(20))
    for name in ("a.txt", "b.txt"):
        library.write(name, text)
    library.build()
    library.settings = replace(library.settings, passage_chars=120)
    report = shared_build(library)
    assert report.embedded > 3
    assert report.kept == ("a.txt", "b.txt")
    assert content(library.index) == alone(library, tmp_path / "alone")[1]


def test_milvus_is_loaded_with_the_same_passages(library: Library, tmp_path: Path) -> None:
    fill(library)
    expected, _ = alone(library, tmp_path / "alone")
    local = open_store(replace(library.settings, index=str(tmp_path / "alone")))
    with kept_by("lite", library) as kept:
        report = shared_build(kept)
        held = open_store(kept.settings)
        assert same(report, expected)
        assert held.known() == local.known()
        everything = np.arange(report.passages)
        assert held.spans(everything) == local.spans(everything)
        hashes = {
            text_sha256(searched(*local_passage(local, number)).text) for number in everything
        }
        vectors = local.embedded(hashes)
        assert len(vectors) == len(hashes)
        found = held.embedded(hashes)
        assert all(np.array_equal(found[key], vectors[key]) for key in vectors)


def local_passage(store: Any, number: int) -> tuple[Document, Any]:
    document, _, sentences = store.passage(number)
    return document, sentences


class Stopped(Exception):  # noqa: N818  a kill, not an error
    pass


@pytest.mark.parametrize("after", range(7))
def test_a_build_that_is_stopped_loses_only_shards_that_were_not_done(
    library: Library, tmp_path: Path, after: int
) -> None:
    fill(library, 14)
    (library.corpus / "broken.pdf").unlink()
    (library.corpus / "long.txt").unlink()

    def stop(number: int, _: str) -> None:
        if number == after:
            raise Stopped

    with pytest.raises(Stopped):
        shared_build(library, stop)
    done = library.encoder.encoded.copy()
    assert len(done) == 2 * (after + 1)
    library.encoder.encoded.clear()
    report = shared_build(library)
    assert set(library.encoder.encoded).isdisjoint(done)
    assert len(library.encoder.encoded) == report.embedded == 14 - len(done)
    assert content(library.index) == alone(library, tmp_path / "alone")[1]


@pytest.mark.parametrize("harm", ["truncate", "flip", "remove", "empty"])
def test_a_damaged_shard_is_made_again_and_no_other(library: Library, harm: str) -> None:
    fill(library)

    def stop(number: int, _: str) -> None:
        if number == 3:
            raise Stopped

    with pytest.raises(Stopped):
        shared_build(library, stop)
    shards = sorted((library.index / "shards").iterdir())
    assert len(shards) == 4
    damage(shards[1], harm)
    done = library.encoder.encoded.copy()
    library.encoder.encoded.clear()
    report = shared_build(library)
    assert len(set(library.encoder.encoded) & set(done)) == 2, "one shard of two files"
    assert len(library.encoder.encoded) == report.embedded
    assert not (library.index / "shards").exists()


def damage(path: Path, harm: str) -> None:
    data = path.read_bytes()
    if harm == "remove":
        path.unlink()
    else:
        flipped = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
        path.write_bytes({"truncate": data[:-5], "flip": flipped, "empty": b""}[harm])


def test_a_shard_that_is_lost_on_its_way_is_made_again(library: Library, tmp_path: Path) -> None:
    fill(library)
    lost = []

    def lose(number: int, name: str) -> None:
        if not lost:
            lost.append(name)
            damage(library.index / "shards" / f"{name}.shard", "flip")

    shared_build(library, lose)
    assert lost
    assert content(library.index) == alone(library, tmp_path / "alone")[1]


def test_a_place_that_workers_do_not_share_is_one_clear_error(library: Library) -> None:
    fill(library)

    def lose(number: int, name: str) -> None:
        (library.index / "shards" / f"{name}.shard").unlink()

    with pytest.raises(rag.ClusterError, match="every machine sees"):
        shared_build(library, lose)


def test_shards_of_other_settings_are_swept(library: Library) -> None:
    fill(library)

    def stop(*_: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        shared_build(library, stop)
    library.settings = replace(library.settings, passage_chars=200)
    library.encoder.encoded.clear()
    assert shared_build(library).embedded == len(library.encoder.encoded) == 12
    assert not (library.index / "shards").exists()


def test_a_build_alone_sweeps_what_a_shared_one_has_left(library: Library) -> None:
    fill(library)

    def stop(*_: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        shared_build(library, stop)
    assert (library.index / "shards").exists()
    library.build()
    assert not (library.index / "shards").exists()


def test_files_that_a_worker_does_not_see_are_read_here_not_left_out(
    library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A corpus that is not mounted on a node, or an older copy of it, must not shrink the index."""
    fill(library)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "01.txt").write_text("An older text.")
    inner = sharing(library)

    def open_pool(order: Order) -> Any:
        return inner.open_pool(
            replace(order, settings=replace(order.settings, corpus=str(elsewhere)))
        )

    report = build(
        library.settings, encoder=library.encoder, sharing=Sharing(open_pool, inner.shards)
    )
    expected, files = alone(library, tmp_path / "alone")
    assert same(report, expected)
    assert content(library.index) == files
    assert "mount the corpus on every one" in caplog.text


def test_a_worker_with_other_readers_or_weights_is_refused(library: Library) -> None:
    fill(library)
    inner = sharing(library)

    def open_pool(order: Order) -> Any:
        other = WordEncoder()
        other.sha256 = "2" * 64
        return inner.open_pool(replace(order, encoder=other))

    with pytest.raises(rag.ClusterError, match="install the same versions everywhere"):
        build(library.settings, encoder=library.encoder, sharing=Sharing(open_pool, inner.shards))
    assert not (library.index / "CURRENT").exists()


# --- how the pool of Ray's actors behaves, on a Ray of a few lines


class ActorLost(Exception):  # noqa: N818  named as it is used
    pass


class FakeRay:
    """One core a node; calls are made when they are waited for; nodes die by order."""

    def __init__(self, nodes: int = 2, gpus: int = 0) -> None:
        self.nodes = nodes
        self.gpus = gpus
        self.asked: dict[str, Any] = {}
        self.hired: list[FakeActor] = []
        self.dying = 0
        self.dead: list[FakeActor] = []
        self.exceptions = SimpleNamespace(
            RayActorError=ActorLost, OwnerDiedError=ActorLost, RayError=ActorLost
        )

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": self.nodes, "GPU": self.gpus}

    def remote(self, **asked: Any) -> Callable[[type], Any]:
        self.asked = asked
        return lambda kind: SimpleNamespace(remote=lambda order: FakeActor(self, order))

    def wait(self, refs: list[Any], timeout: float) -> tuple[list[Any], list[Any]]:
        ready = [ref for ref in refs if ref.actor.placed][-1:]
        return ready, [ref for ref in refs if ref not in ready]

    def get(self, ref: Any) -> Any:
        if ref.actor in self.dead:
            raise ActorLost
        if ref.work is not None and self.dying:
            self.dying -= 1
            self.nodes -= 1
            self.hired.remove(ref.actor)
            raise ActorLost
        return ref.answer()


class FakeActor:
    def __init__(self, ray: FakeRay, order: Order) -> None:
        ray.hired.append(self)
        self.ray, self.order = ray, order
        self.check = SimpleNamespace(remote=lambda: FakeRef(self, None))
        self.do = SimpleNamespace(remote=lambda job: FakeRef(self, job))

    @property
    def placed(self) -> bool:
        return self in [*self.ray.hired[: self.ray.nodes], *self.ray.dead]


class FakeRef:
    def __init__(self, actor: FakeActor, work: Job | None) -> None:
        self.actor, self.work = actor, work

    def answer(self) -> Any:
        return "" if self.work is None else (self.work.texts[0], "")


def order(encoder: str = "default") -> Order:
    return Order(rag.Settings(encoder=encoder), "shards", RECIPE, True, None, "cpu")


JOBS = [Job(texts=(f"text {number}",)) for number in range(9)]


@pytest.mark.parametrize("dying", [0, 1, 3])
def test_what_a_lost_worker_had_in_hand_is_done_by_another(dying: int) -> None:
    ray = FakeRay(nodes=4)
    ray.dying = dying
    done = dict(RayPool(order(), ray).do(JOBS))
    assert done == {job: job.texts[0] for job in JOBS}
    assert ray.nodes == 4 - dying


def test_no_more_workers_are_hired_than_there_is_work_or_room() -> None:
    ray = FakeRay(nodes=50)
    list(RayPool(order(), ray).do(JOBS))
    assert len(ray.hired) <= len(JOBS)
    ray = FakeRay(nodes=3)
    list(RayPool(order(), ray).do(JOBS))
    assert len(ray.hired) == 3


def test_workers_that_were_lost_while_they_waited_cost_nothing() -> None:
    ray = FakeRay(nodes=9)
    pool = RayPool(order(), ray)
    list(pool.do(JOBS))
    ray.dead, ray.hired = ray.hired, []
    assert list(pool.do(JOBS[:1])) == [(JOBS[0], "text 0")]


def test_work_that_every_worker_dies_of_is_one_clear_error() -> None:
    ray = FakeRay(nodes=99)
    ray.dying = 99
    with pytest.raises(rag.ClusterError, match="5 workers in a row were lost with the same work"):
        list(RayPool(order(), ray).do(JOBS[:1]))


def test_a_cluster_without_a_free_core_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_pool, "_PATIENCE_S", 0.01)
    ray = FakeRay(nodes=1)
    ray.hired = [FakeActor(ray, order())]  # somebody else's, on the only core
    with pytest.raises(rag.ClusterError, match="no CPU of the cluster was free"):
        list(RayPool(order(), ray).do(JOBS))


@pytest.mark.parametrize(
    ("encoder", "gpus", "asked", "device"),
    [("default", 2, 0, "cpu"), ("some/model", 0, 0, "cpu"), ("some/model", 2, 1, "cuda")],
)
def test_a_gpu_is_taken_by_an_encoder_that_gains_by_it(
    encoder: str, gpus: int, asked: int, device: str
) -> None:
    ray = FakeRay(nodes=4, gpus=gpus)
    list(RayPool(order(encoder), ray).do(JOBS))
    assert ray.asked == {"num_cpus": 1, "num_gpus": asked, "max_restarts": 0}
    assert {actor.order.device for actor in ray.hired} == {device}
    assert len(ray.hired) == (gpus if asked else 4)


# --- how it is asked for


def test_without_ray_one_line_says_what_to_install(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    library.write("a.txt", "Apples are red.")
    with pytest.raises(rag.ClusterError, match=r"pip install 'rag-quotes\[ray\]'"):
        rag.build(settings=library.settings, ray="local")


def test_a_cluster_that_is_not_there_is_one_line(library: Library, tmp_path: Path) -> None:
    pytest.importorskip("ray")
    library.write("a.txt", "Apples are red.")
    for address in ("127.0.0.1:1", "ray://127.0.0.1:1", "nonsense"):
        with pytest.raises(rag.ClusterError, match="no Ray cluster to join at"):
            rag.build(settings=library.settings, ray=address, shards=str(tmp_path / "shards"))


def test_a_cluster_of_other_machines_needs_a_place_that_they_see() -> None:
    with pytest.raises(rag.SettingsError, match="--shards, such as /mnt/shared/shards"):
        share(rag.Settings(), "auto", None)
    with pytest.raises(rag.SettingsError, match="give --ray too"):
        share(rag.Settings(), None, "/mnt/shards")
    assert share(rag.Settings(), None, None) is None


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (["--ray"], "local"),
        (["--ray", "--allow-empty"], "local"),
        (["--ray", "auto"], "auto"),
        (["--ray=ray://host:10001"], "ray://host:10001"),
        (["--allow-empty"], None),
    ],
)
def test_the_command_takes_an_address_or_none(
    words: list[str], address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from rag.cli import app

    asked: list[str | None] = []

    def note(settings: rag.Settings, ray: str | None, shards: str | None) -> None:
        asked.append(ray)
        raise rag.SettingsError("enough")

    monkeypatch.setattr("rag.cluster.sharing.share", note)
    result = CliRunner().invoke(app, ["build", *words])
    assert isinstance(result.exception, rag.SettingsError)
    assert asked == [address]


def test_importing_rag_or_building_alone_loads_no_ray(library: Library) -> None:
    library.write("a.txt", "Apples are red.")
    code = (
        "import sys, rag; rag.build(corpus=sys.argv[1], index=sys.argv[2]);"
        "assert not {'ray', 'fsspec'} & set(sys.modules), 'loaded'"
    )
    subprocess.run(
        [sys.executable, "-c", code, library.corpus, library.index],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )


# --- on Ray itself


@pytest.mark.slow
def test_ray_on_this_machine_gives_the_same_index_and_leaves_nothing(
    library: Library, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    fill(library)
    run([library.corpus, library.index, "local"])
    assert content(library.index) == alone(library, tmp_path / "alone")[1]
    assert not (library.index / "shards").exists()


DRIVER = ROOT / "tests" / "cluster_driver.py"


def environment() -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return {**os.environ, "PYTHONPATH": paths, "RAY_USAGE_STATS_ENABLED": "0"}


def start(words: Sequence[object]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, DRIVER, *map(str, words)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(words: Sequence[object]) -> dict[str, Any]:
    with start(words) as process:
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err[-3000:]
    said: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return said


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def slow_corpus(library: Library) -> None:
    """Sixty files whose passages take the driver's encoder a tenth of a second each."""
    for number in range(60):
        library.write(f"{number:02d}.txt", f"Fact {number} is here. It has a number.")


@pytest.mark.slow
def test_a_node_that_is_killed_costs_only_what_it_was_doing(
    library: Library, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    slow_corpus(library)
    said = run([library.corpus, library.index, "two-nodes", tmp_path / "shards"])
    assert said["killed_after"] > 0, "the node had worked"
    assert said["nodes_at_the_end"] == 1
    assert said["embedded"] == 60
    assert 60 <= said["encoded"] <= 60 + 2 * 2, "at most the shard in hand on each node was lost"
    assert content(library.index) == alone(library, tmp_path / "alone")[1]


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_only_what_it_was_doing(
    library: Library, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    slow_corpus(library)
    said = run([library.corpus, library.index, "lose-a-worker"])
    assert said["killed_after"] > 0, "workers had worked"
    assert said["embedded"] == 60
    assert 60 <= said["encoded"] <= 60 + 2, "at most the shard in hand was lost"
    assert content(library.index) == alone(library, tmp_path / "alone")[1]


@pytest.mark.slow
def test_a_driver_that_is_killed_costs_only_shards_that_were_not_done(
    library: Library, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    slow_corpus(library)
    shards = library.index / "shards"
    with start([library.corpus, library.index, "local"]) as process:
        wait_for(lambda: shards.exists() and len(list(shards.glob("*.shard"))) >= 5)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
    time.sleep(3)  # its workers end with it; what they finish meanwhile counts
    done = 2 * len(list(shards.glob("*.shard")))
    assert 10 <= done < 60
    assert not (library.index / "CURRENT").exists()
    said = run([library.corpus, library.index, "local"])
    assert said["embedded"] == said["encoded"] == 60 - done
    assert content(library.index) == alone(library, tmp_path / "alone")[1]
    assert not shards.exists()
