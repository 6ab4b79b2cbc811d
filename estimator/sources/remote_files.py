"""What public files there are, where their publishers keep them, and how to cite them.

Addresses in repositories name a commit, so that the file cannot change behind its address. A checksum
stands where the file itself was seen; otherwise it is None, and `estimator fetch` shows what it computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

RAW = "https://raw.githubusercontent.com"
NO_LICENCE = "none stated; the facts are free to cite, the file is its publisher's"


@dataclass(frozen=True)
class RemoteFile:
    """A public file.

    Parameters
    ----------
    name : str
        What `estimator fetch` calls it.
    file : str
        Its name on our side; the same one is looked for in ``ESTIMATOR_DATA``.
    what : str
        What is in it.
    page : str
        Where a person finds it.
    licence, citation : str
        As stated by its publisher.
    read_with : str
        What in this package reads it.
    address : str or None
        Where a program gets it; None where a person must register or ask.
    sha256 : str or None
        Of the file as published; None where it is not known, or the file is renewed in place.
    where : str
        On the page: which file.
    """

    name: str
    file: str
    what: str
    page: str
    licence: str
    citation: str
    read_with: str
    address: str | None = None
    sha256: str | None = None
    where: str = ""


KOBAK = "https://github.com/dkobak/excess-mortality-war"
KOBAK_RAW = f"{RAW}/dkobak/excess-mortality-war"
KOBAK_CITATION = (
    "Rosstat, as published with D. Kobak et al., War fatalities in Russia in 2022-2023 estimated via "
    "excess male mortality, Demography 2025, doi 10.1215/00703370-11862998"
)
MEDUZA = "https://github.com/meduza-data/excess-male-mortality"
MEDUZA_RAW = f"{RAW}/meduza-data/excess-male-mortality/14ee1263e15a4e90fb7fb086737404f9f9bf90d3"
MEDUZA_CITATION = (
    "Meduza and Mediazona, July 2023, data of "
    "https://meduza.io/feature/2023/07/10/47-tysyach-pogibshih-rossiyskih-soldat"
)
ARCHIVE = "https://github.com/thunderquack/MZCasualitiesExtractor"
ARCHIVE_RAW = f"{RAW}/thunderquack/MZCasualitiesExtractor"
HMD = "https://www.mortality.org"
HMD_CITATION = "HMD. Human Mortality Database, www.mortality.org; state the date of download"

FILES = (
    RemoteFile(
        name="rosstat-regions",
        file="rosstat_deaths_by_region_1990_2023.csv.gz",
        what="Deaths in Russia by region, year 1990-2023, five-year age and sex",
        page=KOBAK,
        where="deaths-by-age-gender-region-year/deaths-by-age-gender-region-year-1990-2023.csv.gz",
        address=f"{KOBAK_RAW}/6cf37fb019330e56b24e76c2c01f4a46e02f551f/deaths-by-age-gender-region-"
        "year/deaths-by-age-gender-region-year-1990-2023.csv.gz",
        sha256="d31314cbc965175dd84ef54067532e3c3e98d8c96c513562564537feb4f37d2e",
        licence=NO_LICENCE,
        citation=KOBAK_CITATION,
        read_with="est.read_rosstat_regions(path)",
    ),
    RemoteFile(
        name="rosstat-hiv",
        file="deaths-hiv.xlsx",
        what="Deaths from HIV in Russia since 2006 by single year of age and sex, without 2023",
        page=KOBAK,
        where="deaths-hiv/deaths-hiv.xlsx",
        address=f"{KOBAK_RAW}/1df21c4754aa5df7b1579478519f8f1ad8038520/deaths-hiv/deaths-hiv.xlsx",
        licence=NO_LICENCE,
        citation=KOBAK_CITATION,
        read_with="a spreadsheet; the figures are bundled: est.load_rosstat(subtract_hiv=True)",
    ),
    RemoteFile(
        name="patronymics",
        file="patronymic_sex.csv",
        what="134,390 patronymics with sex and number of bearers",
        page=MEDUZA,
        where="data/out/patronims_sex_mapping_full.csv",
        address=f"{MEDUZA_RAW}/data/out/patronims_sex_mapping_full.csv",
        sha256="3fbcbf621d593b2bbb898d5d8e8b5c24c09407c323594ec045ae82ea518ade6f",
        licence=NO_LICENCE,
        citation=MEDUZA_CITATION,
        read_with="estimator ingest --patronymics PATH",
    ),
    RemoteFile(
        name="registry-aggregate",
        file="parsed_table_full.parquet",
        what="Inheritance cases of July 2023, as aggregated by their publishers",
        page=MEDUZA,
        where="parsed_table_full.parquet, linked from the README",
        address="https://meduza.io/image/misc/excess-male-mortality/parsed_table_full.parquet",
        licence=NO_LICENCE,
        citation=MEDUZA_CITATION,
        read_with="polars.read_parquet(path); we have not seen its columns",
    ),
    RemoteFile(
        name="registry-sample",
        file="pic01b_data.csv",
        what="Dates of death and of case in a sample of inheritance cases, 2022-2023",
        page=MEDUZA,
        where="pics/pic01b_data.csv",
        address=f"{MEDUZA_RAW}/pics/pic01b_data.csv",
        licence=NO_LICENCE,
        citation=MEDUZA_CITATION,
        read_with="pandas.read_csv(path)",
    ),
    RemoteFile(
        name="registry-2026",
        file="probate_registry_estimate.csv",
        what="Weekly names and registry estimate, chart of May 2026",
        page="https://github.com/Narretz/sbs-stats",
        where="scripts/mediazona/source/probate_registry_estimate.csv",
        address=f"{RAW}/Narretz/sbs-stats/2e9a727c3a541ea23ef1480b437034e3ef13701b/scripts/mediazona/"
        "source/probate_registry_estimate.csv",
        licence=NO_LICENCE,
        citation="Mediazona and Meduza, 22 May 2026, https://en.zona.media/article/2026/05/22/"
        "casualties_eng-trl, as kept in github.com/Narretz/sbs-stats",
        read_with="bundled: est.load_named_list('2026-05-22')",
    ),
    RemoteFile(
        name="hmd-stmf",
        file="stmf.csv",
        what="Weekly deaths by country, sex and broad age; renewed in place",
        page=HMD,
        where="Short-term Mortality Fluctuations",
        address=f"{HMD}/File/GetDocument/Public/STMF/Outputs/stmf.csv",
        licence="CC BY 4.0",
        citation=HMD_CITATION,
        read_with="pandas.read_csv(path, comment='#'); ages are too broad for the model",
    ),
    RemoteFile(
        name="hmd-deaths",
        file="Deaths_5x1.txt",
        what="Deaths by five-year age, year and sex of one country; free registration",
        page=HMD,
        where="log in, choose a country, Deaths, 5x1",
        licence="CC BY 4.0 for its own estimates",
        citation=HMD_CITATION,
        read_with="est.read_counts, after from_hmd of docs/howto.md",
    ),
)
VINTAGES = {
    "2024-02-02": "513f705782c5c2713e1ea633c90936df63a4da93",
    "2024-02-19": "8e269fcd3341b29ca45677d8b7be198ca04828c6",
    "2024-04-01": "e7f453331438d7e3dccf7898e7d1774d3b68a9ba",
    "2024-04-27": "3a7d0c0840e1830efd54dd58dddb0f16c9faa544",
    "2024-06-14": "049707c63da1abebcfd312db2fb782cc9bfa4c2d",
    "2024-07-30": "8b126a72ce5a686feb4c482035580d610a438c2c",
    "2024-09-08": "e8ac85873b45dcc872b43a76dc5650e2a97a9930",
    "2024-10-25": "37ef4c07f46d23f3871c3377cbd20b0538c427ab",
    "2024-12-16": "cadaf3b82168d630a475e627a35c3756a517c432",
    "2025-02-24": "fb3ea0cb99f55ebf81f5cccb07af87b66b500fdc",
    "2025-04-21": "baa120266059804667dc67cfbe589f59ef84dfc4",
    "2025-06-26": "031630199a32e8fecdc96ecd8377dca52d38a2b6",
    "2025-08-17": "94a13422eee319f068fb3d03c94085a09ca1ccd6",
    "2025-10-24": "2e32c2b88a743cda47d784f617c0fb72fd0f9c50",
    "2025-12-20": "07080222570e84afba69ca93a324ba4de43d8025",
    "2026-01-30": "1a98857d8c90f8c3071c09f9794462612010cf55",
    "2026-06-07": "a924bdd0e0d6b36e0b9ef7b993077a23f446dd1d",
}
"""Copies of the named list by day of death: the day each was taken, and its commit."""


@cache
def remote_files() -> dict[str, RemoteFile]:
    """Return every public file by name; those of the named list are called by the day of their copy."""
    vintages = (_vintage(day, commit) for day, commit in VINTAGES.items())
    return {file.name: file for file in (*FILES, *vintages)}


def _vintage(day: str, commit: str) -> RemoteFile:
    path = f"docs/{day}_cumsum.csv"
    return RemoteFile(
        name=f"named-list-{day}",
        file=f"named_list_{day}.csv",
        what=f"Names of known date of death, by day, as seen on {day}",
        page=ARCHIVE,
        where=path,
        address=f"{ARCHIVE_RAW}/{commit}/{path}",
        licence=NO_LICENCE,
        citation="Mediazona, BBC News Russian and volunteers, https://zona.media/casualties, as kept "
        "in github.com/thunderquack/MZCasualitiesExtractor",
        read_with="est.read_minimum, its column change called count; vintage=" + repr(day),
    )
