"""Questions on big tables: is the row that is asked about the one that is quoted?

    python benchmarks/tables.py [--questions 40]

Two generated tables, from a fixed seed, each one CSV file beside a short text: a price list of 240
goods, and a staff list of 200 people. Asked are things that a column tells, things that no column
tells, and of people who are not in the list.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import rag
from rag.engine import Engine

SEED = 5


class Table(NamedTuple):
    """A table, what is asked of it, and who is not in it."""

    name: str
    columns: Sequence[str]
    rows: list[list[str]]
    told: Sequence[str]
    """Questions that a column answers; {} is the row's first cell."""
    untold: Sequence[str]
    absent: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--questions", type=int, default=40, help="rows asked about, in each table")
    options = parser.parse_args()
    for table in (goods(), staff()):
        with tempfile.TemporaryDirectory() as folder:
            corpus, index = Path(folder, "corpus"), Path(folder, "index")
            corpus.mkdir()
            lines = [table.columns, *table.rows]
            text = "\n".join(",".join(line) for line in lines)
            (corpus / f"{table.name}.csv").write_text(text, "utf-8")
            (corpus / "notes.txt").write_text("Returns are accepted for thirty days.", "utf-8")
            rag.build(corpus=corpus, index=index)
            engine = rag.open_index(index)
            report(engine, table, options.questions)
            engine.close()


def report(engine: Engine, table: Table, count: int) -> None:
    """Ask, and print what share was quoted and refused."""
    chance = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    listed = [row[0] for row in chance.sample(table.rows, count)]
    right, other, refused = asked(engine, listed, table.told)
    print(f"{table.name}: {len(listed) * len(table.told)} questions that a column answers")
    print(f"  the right row first {right:.3f}, another row {other:.3f}, refused {refused:.3f}")
    _, _, refused = asked(engine, listed, table.untold)
    print(f"  what no column tells: refused {refused:.3f}")
    if table.absent:
        _, _, refused = asked(engine, table.absent[:count], table.told)
        print(f"  who is not in the list: refused {refused:.3f}")


def asked(
    engine: Engine, names: Sequence[str], questions: Sequence[str]
) -> tuple[float, float, float]:
    """The shares of a row of that name, of another one, and of refusals."""
    right = refused = 0
    pairs = list(itertools.product(names, questions))
    for name, question in pairs:
        quotes = engine.query(question.format(name)).quotes
        refused += not quotes
        right += bool(quotes) and name in quotes[0].text
    total = len(pairs)
    return right / total, 1 - (right + refused) / total, refused / total


def goods() -> Table:
    chance = random.Random(SEED)  # noqa: S311 - made up, not secret
    woods = (
        "Alder Birch Cedar Dogwood Elm Fir Ginkgo Hazel Juniper Kapok Larch Maple Oak Pine Rowan "
        "Spruce Teak Willow Yew Aspen"
    ).split()
    kinds = "Chair Table Desk Lamp Shelf Bench Stool Cabinet Mirror Frame Drawer Rack".split()
    suppliers = "Nordhaus Brill Kessler Amato Okafor Lindqvist Tanaka Moreau Silva Novak".split()
    rows = [
        [
            f"{wood} {kind}",
            f"{chance.randint(20, 900)}.{chance.randint(0, 99):02}",
            str(chance.randint(0, 500)),
            chance.choice(suppliers),
            f"Hall {chance.choice('ABC')}",
            f"20{chance.randint(19, 25)}-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}",
        ]
        for wood, kind in itertools.product(woods, kinds)
    ]
    chance.shuffle(rows)
    return Table(
        "products",
        ["Product", "Price", "Stock", "Supplier", "Location", "Last audit"],
        rows,
        [
            "What is the price of the {}?",
            "How many {} are in stock?",
            "Who is the supplier of the {}?",
            "Where is the {} kept?",
            "When was the last audit of the {}?",
        ],
        [
            "Who designed the {}?",
            "How heavy is the {}?",
            "What colour is the {}?",
            "What is the warranty of the {}?",
            "Which customer bought the {}?",
        ],
        [],
    )


def staff() -> Table:
    chance = random.Random(SEED)  # noqa: S311 - made up, not secret
    first = (
        "Anna Boris Clara David Elena Fritz Greta Hans Irene Jonas Karla Lukas Marta Nils Olga "
        "Peter"
    ).split()
    last = (
        "Adler Brandt Conrad Dietz Ebert Falk Graf Huber Iversen Jansen Krause Lorenz Maurer Nagel"
    ).split()
    departments = "Finance Legal Sales Engineering Support Operations Marketing".split()
    people = [" ".join(name) for name in itertools.product(first, last)]
    chance.shuffle(people)
    rows = [
        [
            name,
            chance.choice(departments),
            f"+49 30 {chance.randint(1000, 9999)}",
            f"Room {chance.randint(100, 499)}",
            str(chance.randint(2001, 2024)),
            chance.choice(["Berlin", "Hamburg", "Munich"]),
        ]
        for name in people[:200]
    ]
    return Table(
        "staff",
        ["Name", "Department", "Phone", "Office", "Joined", "Site"],
        rows,
        [
            "What is {}'s phone number?",
            "In which department does {} work?",
            "Where is {}'s office?",
            "When did {} join?",
            "Which site is {} at?",
        ],
        [
            "How much does {} earn?",
            "Who is {}'s manager?",
            "How old is {}?",
            "Where was {} born?",
            "What did {} study?",
        ],
        people[200:],
    )


if __name__ == "__main__":
    main()
