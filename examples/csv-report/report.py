"""Reads sales.csv, prints a summary, and leaves report.json and chart.svg."""

import csv
import json
import statistics
from collections import defaultdict
from html import escape

INPUT = "sales.csv"


def read(name):
    with open(name, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            units = int(row["units"])
            yield {**row, "units": units, "revenue": units * float(row["price"])}


def total(rows, key, value="revenue"):
    """Sums a column by the values of another, in order of first appearance."""
    sums = defaultdict(float)
    for row in rows:
        sums[row[key]] += row[value]
    return dict(sums)


def unusual(rows, limit=3.5):
    """Rows that sold far from their product's usual share of a month.

    The distance is the modified z-score: it is measured from the median in
    median deviations, so that one odd row does not hide itself.
    """
    groups = defaultdict(list)
    for row in rows:
        groups[row["product"], row["region"]].append(row)
    found = []
    month = total(rows, "month", "units")
    for group in groups.values():
        shares = [row["units"] / month[row["month"]] for row in group]
        middle = statistics.median(shares)
        spread = statistics.median(abs(s - middle) for s in shares)
        for row, share in zip(group, shares):
            score = 0.6745 * (share - middle) / spread if spread else 0.0
            if score > limit and share > 1.5 * middle:
                found.append({"month": row["month"], "region": row["region"], "product": row["product"],
                              "units": row["units"], "score": round(score, 1)})
    return found


def report(rows):
    months = total(rows, "month")
    values = list(months.values())
    line = statistics.linear_regression(range(len(values)), values)
    return {
        "rows": len(rows),
        "revenue": round(sum(values), 2),
        "units": sum(row["units"] for row in rows),
        "month": {
            "mean": round(statistics.mean(values), 2),
            "median": round(statistics.median(values), 2),
            "stdev": round(statistics.stdev(values), 2),
            "trend": round(line.slope, 2),
        },
        "by_month": {k: round(v, 2) for k, v in months.items()},
        "by_region": {k: round(v, 2) for k, v in total(rows, "region").items()},
        "by_product": {k: round(v, 2) for k, v in total(rows, "product").items()},
        "unusual": unusual(rows),
    }


def ticks(top, about=5):
    """Round numbers from 0 to at least top."""
    step = 10 ** (len(str(int(top))) - 1)
    while top / step < about:
        step /= 2
    n = int(-(-top // step))
    return [step * i for i in range(n + 1)]


def chart(rows):
    """Draws revenue by month as stacked bars, one part a product."""
    width, height, left, right, above, below = 760, 420, 78, 130, 56, 52
    colours = ["#2f6b9a", "#e0a030", "#b5493a"]
    months = list(total(rows, "month"))
    products = list(total(rows, "product"))
    part = {(m, p): 0.0 for m in months for p in products}
    for row in rows:
        part[row["month"], row["product"]] += row["revenue"]
    scale = ticks(max(total(rows, "month").values()))
    plot_w, plot_h = width - left - right, height - above - below
    bottom = height - below

    def y(value):
        return bottom - plot_h * value / scale[-1]

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="#333">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="30" font-size="18" font-weight="bold">Revenue by month and product</text>',
    ]
    for tick in scale:
        out.append(f'<line x1="{left}" y1="{y(tick):.1f}" x2="{width - right}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:,.0f}</text>')
    slot = plot_w / len(months)
    for i, month in enumerate(months):
        x, base = left + slot * (i + 0.2), 0.0
        for colour, product in zip(colours, products):
            value = part[month, product]
            label = escape(f"{month} {product}: {value:,.2f}")
            out.append(f'<rect x="{x:.1f}" y="{y(base + value):.1f}" width="{slot * 0.6:.1f}" '
                       f'height="{y(base) - y(base + value):.1f}" fill="{colour}"><title>{label}</title></rect>')
            base += value
        out.append(f'<text x="{left + slot * (i + 0.5):.1f}" y="{bottom + 20}" text-anchor="middle">{escape(month)}</text>')
    out.append(f'<line x1="{left}" y1="{bottom}" x2="{width - right}" y2="{bottom}" stroke="#333"/>')
    out.append(f'<text x="{left + plot_w / 2:.1f}" y="{height - 10}" text-anchor="middle">Month</text>')
    out.append(f'<text transform="translate(18 {above + plot_h / 2:.1f}) rotate(-90)" text-anchor="middle">Revenue (EUR)</text>')
    for i, (colour, product) in enumerate(reversed(list(zip(colours, products)))):
        top = above + 8 + i * 24
        out.append(f'<rect x="{width - right + 18}" y="{top}" width="14" height="14" fill="{colour}"/>')
        out.append(f'<text x="{width - right + 40}" y="{top + 12}">{escape(product)}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def table(title, sums):
    whole = sum(sums.values())
    print(f"{title:<10}{'revenue':>14}{'share':>9}")
    for name, value in sums.items():
        print(f"{name:<10}{value:>14,.2f}{value / whole:>9.1%}")
    print()


def main():
    rows = list(read(INPUT))
    summary = report(rows)
    print(f"{summary['rows']} rows, {summary['units']:,} units, {summary['revenue']:,.2f} EUR\n")
    table("month", summary["by_month"])
    table("region", summary["by_region"])
    table("product", summary["by_product"])
    month = summary["month"]
    print(f"a month: mean {month['mean']:,.2f}, median {month['median']:,.2f}, "
          f"stdev {month['stdev']:,.2f}, trend {month['trend']:+,.2f}")
    for row in summary["unusual"]:
        print(f"unusual: {row['month']} {row['region']} {row['product']}, {row['units']} units (score {row['score']})")

    with open("report.json", "w", encoding="utf-8") as f:
        json.dump(summary, f, indent=2)
        f.write("\n")
    with open("chart.svg", "w", encoding="utf-8") as f:
        f.write(chart(rows))
    print("\nwrote report.json and chart.svg")


if __name__ == "__main__":
    main()
