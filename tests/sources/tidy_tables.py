"""Small tables in the forms that people write."""

import pandas as pd

YEARS, LOWS = range(2000, 2003), (15, 20, 85)


def tidy():
    """Three years, three bands: rows 2-7 are 2000, 8-13 are 2001, 14-19 are 2002."""
    frame = pd.DataFrame(
        [
            (year, sex, low, high, float(year - 1990 + low) + (sex == "male") / 2)
            for year in YEARS
            for sex in ("female", "male")
            for low, high in zip(LOWS, (19, 84, None))
        ],
        columns=["year", "sex", "age_low", "age_high", "deaths"],
    )
    return frame.astype({"age_high": "Int64"})


def save(folder, content, name="deaths.csv"):
    path = folder / name
    if isinstance(content, pd.DataFrame):
        content = content.to_csv(index=False)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def russian(frame):
    labels = frame["age_low"].map({15: "15-19 лет", 20: "20-84 лет", 85: "85 и более"})
    return pd.DataFrame(
        {
            "Год": frame["year"],
            "Пол": frame["sex"].map({"female": "Ж", "male": "М"}),
            "Возраст": labels,
            "Число умерших": frame["deaths"],
        }
    )


def eurostat(frame):
    return pd.DataFrame(
        {
            "freq": "A",
            "sex": frame["sex"].map({"female": "F", "male": "M"}),
            "age": frame["age_low"].map({15: "Y15-19", 20: "Y20-84", 85: "Y_GE85"}),
            "TIME_PERIOD": frame["year"],
            "OBS_VALUE": frame["deaths"],
        }
    )


def health_organization(frame):
    return pd.DataFrame(
        {
            "Country Code": "XYZ",
            "Year": frame["year"],
            "Sex": frame["sex"].str.title(),
            "Age Group": frame["age_low"].map({15: "[15-19]", 20: "[20-84]", 85: "[85+]"}),
            "Number": frame["deaths"],
        }
    )


def monthly(frame):
    months = pd.DataFrame({"month": range(1, 13)})
    table = frame.merge(months, how="cross")
    date = [f"{y}-{m:02}-01" for y, m in zip(table["year"], table["month"])]
    return table.assign(date=date, deaths=table["deaths"] / 12).drop(columns=["year", "month"])


def put(row, column, value):
    """Put a value in a row of the file (the header is row 1)."""

    def change(frame):
        frame = frame.astype({column: object})
        frame.iloc[row - 2, frame.columns.get_loc(column)] = value
        return frame

    return change


def weekly(frame):
    weeks = pd.DataFrame({"date": pd.date_range("2000-01-03", "2002-12-30", freq="7D").astype(str)})
    return frame.query("year == 2000").drop(columns="year").merge(weeks, how="cross")
