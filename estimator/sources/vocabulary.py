"""The words people write for columns, sexes and ages, in English, Russian and other tables."""

ALIASES = {
    "year": ("period", "jahr", "année", "calendar_year", "год", "рік", "año", "ano", "anno", "rok",
             "time_period"),
    "time": (),
    "time_unit": (),
    "month": ("месяц", "місяць", "monat", "mois", "mes", "mese", "miesiąc", "month_number",
              "month_of_death"),
    "quarter": ("квартал", "quartal", "trimestre", "qtr"),
    "week": ("неделя", "номер недели", "неделя года", "тиждень", "woche", "kalenderwoche", "kw", "semaine",
             "semana", "settimana", "tydzień", "týden", "iso_week", "week_number", "week_no", "epiweek",
             "epi_week", "epidemiological_week", "mmwr_week", "semana epidemiológica"),
    "part": ("day", "day_of_year", "day_of_month", "tag", "jour", "día", "день", "декада", "half",
             "half_year",
             "semester", "semestre", "halbjahr", "полугодие", "fortnight"),
    "date": ("дата",),
    "sex": ("gender", "пол", "стать", "sexe", "geschlecht", "sexo", "sesso", "płeć", "pohlaví", "kön"),
    "age_low": ("age_from", "age_start", "age_lower", "age_min", "lower", "возраст_от"),
    "age_high": ("age_to", "age_end", "age_upper", "age_max", "upper", "возраст_до"),
    "age": ("age_group", "age_band", "возраст", "возрастная группа", "вік", "вікова група", "âge", "alter",
            "altersgruppe",
            "edad", "groupe d'âge", "five-year age groups", "ten-year age groups", "single-year ages",
            "age groups", "age group (years)", "groupe d'ages", "grupo de edad", "alter in jahren"),
    "age_width": ("ageint", "age_interval", "age_span"),
    "count": ("number", "value", "obs_value"),
    "region": ("area", "geo", "place", "popname", "регион", "субъект", "субъект рф", "область", "регіон"),
    "notes": (),
    "population": ("exposure", "pop", "exposures", "person_years", "midyear_population",
                   "население", "численность", "населення"),
}  # fmt: skip
"""Canonical column to the other names it goes by; case, spaces and hyphens are nothing."""

COUNTED = {
    "deaths": ("deaths", "death", "number_of_deaths", "смерти", "умершие", "умерло", "число умерших",
               "décès", "gestorbene", "todesfälle", "sterbefälle", "defunciones", "muertes",
               "число смертей", "количество умерших", "померло", "померлі", "кількість померлих",
               "смертей", "decessi", "morti", "zgony", "óbitos"),
    "cases": ("cases", "case", "number_of_cases", "дела", "число дел"),
}  # fmt: skip
"""What the column of counts is also called, by unit: cases are never read as deaths."""

SEX_LABELS = {
    "female": ("f", "females", "woman", "women", "w", "fmle", "ж", "жен", "женщины", "женщина",
               "женский", "женский пол", "жінки", "жінка", "жіноча", "жанчыны", "әйелдер", "әйел",
               "weiblich", "frauen",
               "frau", "femme", "femmes", "féminin", "mujer", "mujeres", "mulher", "mulheres", "femmina",
               "femmine", "kobieta", "kobiety", "žena", "ženy", "kvinna", "kvinnor", "vrouw", "vrouwen"),
    "male": ("m", "males", "man", "men", "mle", "м", "муж", "мужчины", "мужчина", "мужской",
             "мужской пол", "чоловіки", "чоловік", "чоловіча", "мужчыны", "ерлер", "еркек", "männlich",
             "männer", "mann", "homme", "hommes", "masculin", "hombre", "hombres", "homem", "homens",
             "maschio", "maschi", "mężczyzna", "mężczyźni", "muž", "muži", "män", "mannen"),
    "both": ("b", "t", "total", "both sexes", "all", "persons", "btsx", "оба", "оба пола", "всего",
             "итого", "insgesamt", "gesamt", "zusammen", "beide", "beide geschlechter", "ensemble",
             "les deux sexes", "deux sexes", "ambos", "ambos sexos", "todos", "mw", "mf", "оба пола вместе",
             "обидві статі", "усього", "разом", "ogółem", "celkem", "totale"),
    "unknown": ("unk", "u", "not stated", "unspecified", "не указан", "неизвестен", "неизвестно",
                "не определен", "не определён", "unbekannt", "divers", "keine angabe", "ohne angabe",
                "inconnu", "non précisé", "no consta", "desconocido", "невідомо", "не вказано"),
}  # fmt: skip
MONTHS = (
    ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
     "november", "december"),
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь",
     "ноябрь", "декабрь"),
    ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
     "ноября", "декабря"),
    ("січень", "лютий", "березень", "квітень", "травень", "червень", "липень", "серпень", "вересень",
     "жовтень", "листопад", "грудень"),
    ("januar", "februar", "märz", "april", "mai", "juni", "juli", "august", "september", "oktober",
     "november", "dezember"),
    ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
     "novembre", "décembre"),
    ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
     "noviembre", "diciembre"),
)  # fmt: skip
"""Months of a year, in languages of offices; no word means two months."""
SEX_CODES = {"1": "male", "2": "female"}
"""The WHO's codes; read only where a file has both, since one alone may mean anything."""
MORE_SEX_CODES = {"3": "both", "9": "unknown"}
ALL_AGES = ("0+", "00+", "total", "tot", "all", "all ages", "всего", "все", "все возрасты", "итого",
            "insgesamt", "gesamt", "zusammen", "alle", "alle altersgruppen", "ensemble", "tous", "tous âges",
            "tous les âges", "todas", "todas las edades", "todos", "усього", "всього", "разом", "ogółem",
            "celkem", "totale")  # fmt: skip
ALL_REGIONS = ("total", "tot", "all", "all regions", "whole country", "country", "nation", "всего",
               "итого", "все", "все регионы", "вся страна", "insgesamt",
               "ensemble", "total nacional", "nacional", "усього", "україна всього", "ogółem")  # fmt: skip
UNKNOWN_AGE = ("unk", "unknown", "not stated", "unspecified", "ns", "неизвестно", "неизвестен", "не указан",
               "не указано", "возраст неизвестен", "возраст не указан", "без указания возраста",
               "unbekannt", "alter unbekannt", "keine angabe", "ohne angabe", "nicht angegeben",
               "inconnu", "âge inconnu", "non précisé", "no consta", "desconocida", "desconocido",
               "edad desconocida", "невідомо", "невідомий", "не вказано")  # fmt: skip
OPEN_ENDS = ("+", "inf", "infinity", "open", "и старше", "и более", "and over")
OLDEST = 120
"""A band that ends here or later (85-120, 85-999) is open: nobody is older."""
CALENDAR = (1000, 2999)
"""What a calendar year can be; other numbers in its column are something else, such as 202203."""
