"""Makes days up: each seed has its own."""

from dataclasses import replace
from random import Random
from uuid import UUID

from tests.simulation.days import CUTOFF, DAY, FIRST, LAST, OUTLETS, Boot, Edit, Facts, Phone, Tap, tick

YEAR = 365 * DAY
AHEAD = [7.0, -7.0, 300.0, -300.0, 3.0 * YEAR, -3.0 * YEAR]
"""Minutes by which wall clocks are wrong."""
REPS_LAST_WORD = CUTOFF - 1.0
OFFICE_BEFORE, OFFICE_IN_THE_EVENING, OFFICE_LATER = CUTOFF - 4.0, CUTOFF + 40.0, 2 * DAY + 30.0


def draw(seed: int) -> Facts:
    """The day of a seed."""
    random = Random(seed)
    reps = random.choice([1, 2, 2, 3])
    visits = {(rep, outlet) for rep in range(reps) for outlet in range(OUTLETS) if random.random() < 0.6}
    handhelds = [random.choice([1, 1, 1, 2]) for _ in range(reps)]
    phones = [_phone(random, rep, alone=handhelds[rep] == 1) for rep in range(reps) for _ in range(handhelds[rep])]
    phones = [_named(phone, number) for number, phone in enumerate(phones)]
    taps = [tap for number in range(len(phones)) for tap in _taps(random, number)]
    edits, replacements = _edits_of_reps(random, taps)
    taps = _counted(phones, [*taps, *replacements])
    edited = {edit.order for edit in edits}
    prompt, in_time, too_late, lost = _arrivals(random, phones, taps, edited)
    edits = _heard_at_once(random, phones, {tap.id: tap for tap in taps}, edits, prompt, lost)
    edits += _edits_of_office(random, [tap for tap in taps if tap.id not in too_late], prompt, in_time)
    excuses = {
        visit: random.choice([10 * 60.0, CUTOFF + 30.0, 22 * 60.0]) for visit in sorted(visits) if random.random() < 0.1
    }
    return Facts(
        frozenset(visits),
        tuple(phones),
        tuple(taps),
        frozenset(in_time),
        frozenset(prompt),
        frozenset(too_late),
        frozenset(lost),
        tuple(edits),
        excuses,
    )


def _phone(random: Random, rep: int, *, alone: bool) -> Phone:
    chance = random.random()
    morning = Boot("", 6 * 60.0, 6 * 60.0 + 1)
    if chance < 0.15:
        # found right in the morning; where it goes wrong later, all that is known is that the day is not over yet
        wrong = alone and random.random() < 0.5
        wall = _wall(random, 7 * 60.0) if wrong else ()
        return Phone(rep, (replace(morning, dark=True),), wall, by_night=wrong)
    if chance < 0.25:
        # a boot that no sign of life comes from: the wall clock dates what was recorded in it, so that has to be right
        later = _boot(random, FIRST, LAST)
        return Phone(rep, (replace(morning, heard_at=None), later), slow=False)
    if chance < 0.35:
        # no network until the evening
        return Phone(rep, (replace(morning, heard_at=tick(CUTOFF + random.uniform(5, 100))),), _wall(random, 0.0))
    boots = [morning]
    for _ in range(random.choice([0, 0, 0, 1, 1, 2])):
        boots.append(_boot(random, max(boots[-1].heard_at or 0.0, FIRST) + 1, LAST))
    return Phone(rep, tuple(boots), _wall(random, 0.0), anew=len(boots) == 2 and random.random() < 0.2)


def _boot(random: Random, earliest: float, latest: float) -> Boot:
    booted_at = round(random.uniform(earliest, max(earliest, latest)), 2)
    return Boot("", booted_at, tick(booted_at + 0.1))


def _wall(random: Random, earliest: float) -> tuple[tuple[float, float], ...]:
    """Right all day, or wrong from some minute on, perhaps put right, or further wrong, later."""
    changes = sorted(random.uniform(earliest, LAST) for _ in range(random.choice([0, 0, 1, 1, 2, 3])))
    return tuple((minute, random.choice([0.0, *AHEAD])) for minute in changes)


def _named(phone: Phone, number: int) -> Phone:
    boots = (replace(boot, id=f"phone-{number}-boot-{place}") for place, boot in enumerate(phone.boots))
    return replace(phone, boots=tuple(boots))


def _taps(random: Random, number: int) -> list[Tap]:
    minutes = sorted(round(random.uniform(FIRST, LAST), 2) for _ in range(random.randint(0, 7)))
    taps, outlet = [], random.randrange(OUTLETS)
    for minute in minutes:
        outlet = random.choice([outlet, outlet, random.randrange(OUTLETS)])
        kind = random.choice(["arrival", "arrival", "departure", "order", "order"])
        place = random.choice(
            ["there", "there", "there", "away", "none"] if kind != "order" else ["none"] * 3 + ["there"]
        )
        taps.append(Tap(_uuid(random), number, 0, minute, kind, outlet, place))
    return taps


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _edits_of_reps(random: Random, taps: list[Tap]) -> tuple[list[Edit], list[Tap]]:
    """What reps change, and the orders that they place instead of what they cancelled."""
    edits, replacements = [], []
    for order in (tap for tap in taps if tap.kind == "order"):
        minute, quantities = order.minute, random.choice([[], [], [], [], [], [12], [12, 18]])
        for quantity in quantities:
            minute = round(minute + random.uniform(1, 40), 2)
            edits.append(Edit(order.id, minute, by_office=False, at_once=False, quantity=quantity))
        if random.random() < 0.2:
            minute = round(minute + random.uniform(1, 60), 2)
            edits.append(Edit(order.id, minute, by_office=False, at_once=False))
            if random.random() < 0.4:
                instead = round(minute + random.uniform(0.5, 10), 2)
                replacements.append(replace(order, id=_uuid(random), minute=instead))
    return edits, replacements


def _counted(phones: list[Phone], taps: list[Tap]) -> list[Tap]:
    """The taps in order, each with the number that its phone gives it."""
    counts: dict[tuple[int, float], int] = {}
    numbered = []
    for tap in sorted(taps, key=lambda tap: (tap.phone, tap.minute)):
        count = (tap.phone, phones[tap.phone].counts_from(tap.minute))
        counts[count] = counts.get(count, 0) + 1
        numbered.append(replace(tap, sequence=counts[count]))
    return numbered


def _arrivals(random: Random, phones: list[Phone], taps: list[Tap], edited: set[UUID]) -> tuple[set[UUID], ...]:
    """What arrives at once, what by the cutoff, what later than anybody waits for, and what never does."""
    prompt: set[UUID] = set()
    in_time: set[UUID] = set()
    too_late: set[UUID] = set()
    lost: set[UUID] = set()
    for tap in taps:
        phone, at_once = phones[tap.phone], tap.minute + 0.05
        reaches_at_once = phone.reach(at_once) == at_once and at_once < CUTOFF - 6
        if phone.anew and tap.minute < phone.boots[1].booted_at:
            # what is not told by then is gone with the app
            (prompt if reaches_at_once and random.random() < 0.8 else lost).add(tap.id)
        elif random.random() < 0.02:
            lost.add(tap.id)
        elif phone.reach(tap.minute + 0.1) < CUTOFF - 6 and random.random() < 0.5:
            in_time.add(tap.id)
            if reaches_at_once and tap.kind == "order" and random.random() < 0.25:
                prompt.add(tap.id)
        elif random.random() < 0.04 and not phone.by_night and tap.id not in edited:
            too_late.add(tap.id)
    return prompt, in_time | prompt, too_late, lost


def _heard_at_once(
    random: Random, phones: list[Phone], taps: dict[UUID, Tap], edits: list[Edit], prompt: set[UUID], lost: set[UUID]
) -> list[Edit]:
    """The edits of reps, each with whether it is heard of at once; those that went with the app left out."""
    told = []
    for edit in edits:
        order = taps[edit.order]
        phone = phones[order.phone]
        dated = phone.reach(edit.minute) == edit.minute and phone.boot_at(edit.minute).anchored
        at_once = edit.order in prompt and dated and edit.minute < REPS_LAST_WORD and random.random() < 0.7
        gone = phone.anew and order.minute < phone.boots[1].booted_at
        if gone and not (at_once and edit.minute < phone.boots[1].booted_at):
            continue
        if edit.order not in lost:
            told.append(replace(edit, at_once=at_once))
    return told


def _edits_of_office(random: Random, taps: list[Tap], prompt: set[UUID], in_time: set[UUID]) -> list[Edit]:
    """What the office changes: it must have seen the order."""
    edits = []
    for order in (tap for tap in taps if tap.kind == "order"):
        chance, quantity = random.random(), random.choice([None, 24])
        if chance < 0.08 and order.id in prompt:
            edits.append(Edit(order.id, OFFICE_BEFORE, by_office=True, at_once=True))
        elif chance < 0.16 and order.id in in_time:
            edits.append(Edit(order.id, OFFICE_IN_THE_EVENING, by_office=True, at_once=True, quantity=quantity))
        elif chance < 0.22:
            edits.append(Edit(order.id, OFFICE_LATER, by_office=True, at_once=True, quantity=quantity))
    return edits
