"""In which encoding a text is: judged by its contents, and refused where these do not decide."""

import codecs
import math
import re
from functools import cache

from estimator.errors import DataError
from estimator.sources import vocabulary

JUDGED = 1 << 17
"""Bytes by which an encoding is judged."""
CYRILLIC = {"cp1251": 0.0, "koi8-u": 0.0, "cp866": 0.0, "iso8859-5": 0.0, "mac-cyrillic": -4.0}
"""Encodings that nearly any bytes are letters in, and how rare they are, in nats: the right one has words of
Russian or its relatives."""
USUAL, WESTERN = "cp1251", "cp1252"
TOKEN = re.compile(
    r"(?:[A-Za-z0-9]|[^\x00-\x7f\u00a0«»№—–…“”„’•°§]"
    r"|[»—–…”•°§](?=[^\W\d_])|(?<=[^\W\d_])[«“„]|(?<![^\W\d_])’(?=[^\W\d_]))+"
)
"""Words, and whatever other signs a wrong encoding makes of them: quotes and dashes only in words."""
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
SLAVIC = re.compile("[а-яёіїєґў]+", re.IGNORECASE)
FREQUENCIES = {
    letter: per_mille
    for letters, per_mille in (
        ("о", 110), ("е", 85), ("аи", 77), ("нт", 65), ("с", 55), ("рвл", 46), ("кмдпі", 31), ("уяыь", 22),
        ("гзбчй", 15), ("хжшю", 9), ("цщэфїєё", 4), ("ъґў", 1),
    )
    for letter in letters
}  # fmt: skip
"""Of letters in Russian text; those of Ukrainian and Belarusian among them."""
WRONG, KNOWN, CAPITALS = -4.0, 6.0, -3.0
"""Weights, in nats: of a letter in no Slavic word, of a word that columns have, of capitals throughout."""
LEAST, MARGIN = 0.1, 3.0
"""Least mean weight of a letter, and how far the best encoding must be above the next."""
ONE_MEANING = frozenset("äöüéóßÄÖÜÉÓ")
"""Letters that are the same in Western, Central European, Turkish and Baltic encodings of Windows."""
REMEDY = (
    "Save it as UTF-8, or say what it is, such as encoding='koi8-r' of read_counts, read_minimum, "
    "read_triangle and read_registry, --encoding of ingest and report vital."
)


def check_encoding(encoding: str | None) -> None:
    """Refuse the name of an encoding that there is not."""
    try:
        known = encoding is None or codecs.lookup(encoding)._is_text_encoding
    except (LookupError, ValueError, TypeError):
        known = False
    if not known:
        raise DataError(f"encoding {encoding!r} is not known. Write one such as utf-8, cp1251 or koi8-r.")


def find_encoding(text: bytes, name: str) -> str | None:
    """Return the encoding of a text, or None where all is ASCII and any may follow; refuse unclear ones."""
    if text.isascii():
        return None
    if _is_utf8(text):
        return "utf-8"
    text = text[:JUDGED]
    if (plain := _decoded(text, USUAL)) and not _tokens(plain):
        return USUAL  # no letters: spaces between thousands, dashes, quotes
    weights: dict[frozenset[str], tuple[float, str]] = {}
    for encoding, rare in CYRILLIC.items():
        terms = _tokens(_decoded(text, encoding))
        weights.setdefault(frozenset(terms), (_weight(terms) + rare, encoding))
    (best, encoding), (second, _) = sorted([*weights.values(), (-math.inf, "")], reverse=True)[:2]
    if best > 0 and best - second >= MARGIN:
        return encoding
    if _is_western(_tokens(_decoded(text, WESTERN))):
        return WESTERN
    raise DataError(f"{name}: text that is not UTF-8, and may be of several encodings. {REMEDY}")


def _is_utf8(text: bytes) -> bool:
    """Whether bytes, which may end within a letter, are text of UTF-8."""
    try:
        return not CONTROLS.search(codecs.getincrementaldecoder("utf-8")().decode(text))
    except UnicodeDecodeError:
        return False


def _decoded(text: bytes, encoding: str) -> str:
    """Return a text, or none where these bytes are no text of an encoding of one byte a letter."""
    try:
        decoded = text.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return "" if CONTROLS.search(decoded) or re.search("[\x7f-\x9f]", decoded) else decoded


def _tokens(text: str) -> set[str]:
    return {token for token in TOKEN.findall(text) if not token.isascii()}


def _weight(terms: set[str]) -> float:
    """Return the log of how much likelier words are as those of a Slavic text than as any letters.

    It is below zero where they are not, or where there are none to judge by.
    """
    size = sum(map(len, terms))
    uniform, total, capitals = 1000 / 32, 0.0, 0
    for word in terms:
        if not (SLAVIC.fullmatch(word) and is_cased(word)):
            total += WRONG * len(word)
            continue
        plain = word.casefold()
        if len(word) == 1 and plain not in known_terms():
            continue
        total += sum(math.log(FREQUENCIES[letter] / uniform) for letter in plain)
        total += KNOWN * (plain in known_terms())
        capitals += len(word) * word.isupper()
    total += CAPITALS * (capitals > size / 2)
    return total if total > LEAST * size else -math.inf


def _is_western(terms: set[str]) -> bool:
    """Whether accents are of words in Latin letters, and the same in all encodings that may be meant.

    A known word of a column, such as année or männlich, decides for the others.
    """
    latin = all(is_cased(word) and re.search("[A-Za-z]", word) for word in terms)
    accents = {letter for word in terms for letter in word if not letter.isascii()}
    if not terms or not latin or not all(map(str.isalpha, accents)):
        return False
    return accents <= ONE_MEANING or any(word.casefold() in known_terms() for word in terms)


def is_cased(word: str) -> bool:
    """Whether a word is in small letters, capitals, or begins with one."""
    return word.islower() or word.isupper() or word.istitle()


@cache
def known_terms() -> frozenset[str]:
    """Return the words of columns and their labels that are not ASCII."""
    labels = [vocabulary.ALIASES, vocabulary.COUNTED, vocabulary.SEX_LABELS]
    phrases = [phrase for table in labels for names in table.values() for phrase in names]
    phrases += [month for months in vocabulary.MONTHS for month in months]
    phrases += [*vocabulary.ALL_AGES, *vocabulary.ALL_REGIONS, *vocabulary.UNKNOWN_AGE]
    terms = {word.casefold() for phrase in phrases for word in TOKEN.findall(phrase)}
    sexes = {label for labels in vocabulary.SEX_LABELS.values() for label in labels}
    return frozenset(word for word in terms if (len(word) > 2 or word in sexes) and not word.isascii())
