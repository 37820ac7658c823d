"""The report as one self-contained HTML file, with a chart of latency over time."""

from collections.abc import Iterable
from html import escape
from math import ceil

from service.loadtest.findings import Findings, Series
from service.loadtest.report import Report, percentile
from service.loadtest.table import figures, seconds, spreads

WIDTH, HEIGHT = 860, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 14, 30
MOST_POINTS = 120
Point = tuple[float, float]

STYLE = """
:root { color-scheme: light dark; --ink: #1d1b18; --paper: #fffdf9; --rule: #d8d2c6; --quiet: #6b655b;
  --first: #0b6e99; --middle: #2d7d46; --tail: #c4491d; --good: #2d7d46; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e4da; --paper: #191816; --rule: #3d3a35; --quiet: #a39c8f;
  --first: #6cc0e8; --middle: #7fce98; --tail: #f0946f; --good: #7fce98; --bad: #ff8a80; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 56rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.verdict { font-weight: 600; } .whole { color: var(--good); } .broken { color: var(--bad); }
table { border-collapse: collapse; } th, td { padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--rule); }
th { text-align: left; font-weight: 500; color: var(--quiet); } .times td, thead th + th { text-align: right; }
svg { width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 12px; }
polyline, circle { fill: none; } .axis { stroke: var(--rule); } .first { stroke: var(--first); }
.middle { stroke: var(--middle); } .tail { stroke: var(--tail); }
polyline { stroke-width: 1.8; stroke-linejoin: round; }
.key { display: inline-block; width: 1.4em; border-top: 3px solid; vertical-align: middle; margin: 0 .4em 0 1em; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def to_page(report: Report, findings: Findings) -> str:
    verdict = f'<p class="verdict {"whole" if report.whole else "broken"}">{escape(report.headline)}</p>'
    notes = "".join(f"<li>{escape(note)}</li>" for note in [*report.shown_faults, *filter(None, [report.stopped])])
    facts = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in figures(report))
    gaps = findings.gaps
    first = _chart("First token, p95", [("first", over_time(findings.first_token, 0.95, report.seconds))])
    lines = [("middle", over_time(gaps, 0.5, report.seconds)), ("tail", over_time(gaps, 0.99, report.seconds))]
    keys = (
        '<p><span class="key" style="color: var(--middle)"></span>p50'
        '<span class="key" style="color: var(--tail)"></span>p99</p>'
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Pressroom load test</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>Load test of {escape(', '.join(report.urls))}</h1>\n{verdict}\n<ul>{notes}</ul>\n<table>{facts}</table>\n"
        f"<h2>Times</h2>\n{_times(report)}\n<h2>Time to the first token over the test</h2>\n{first}\n"
        f"<h2>Gaps between tokens over the test</h2>\n{keys}{_chart('Token gap', lines)}\n</main>\n</body>\n</html>\n"
    )


def _times(report: Report) -> str:
    rows = "".join(
        f"<tr><th>{name}</th>"
        + "".join(f"<td>{seconds(value)}</td>" for value in (spread.p50, spread.p95, spread.p99, spread.most))
        + "</tr>"
        for name, spread in spreads(report)
    )
    head = "<thead><tr><th></th><th>p50</th><th>p95</th><th>p99</th><th>most</th></tr></thead>"
    return f'<table class="times">{head}<tbody>{rows}</tbody></table>'


def over_time(series: Series, part: float, whole: float) -> list[Point]:
    """A percentile per slice of the test; a slice is at least a second."""
    width = max(1.0, whole / MOST_POINTS)
    slices: dict[int, list[float]] = {}
    for at, value in zip(series.at, series.values, strict=True):
        slices.setdefault(int(at / width), []).append(value)
    return [((n + 0.5) * width, percentile(sorted(values), part)) for n, values in sorted(slices.items())]


def _chart(name: str, lines: list[tuple[str, list[Point]]]) -> str:
    points = [point for _, line in lines for point in line]
    if not points:
        return "<p>Nothing was measured.</p>"
    right, top = max(x for x, _ in points) or 1.0, _round(max(y for _, y in points))
    drawn = "".join(_line(kind, line, right, top) for kind, line in lines)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)} over time">'
        f"{_axes(right, top)}{drawn}</svg>"
    )


def _line(kind: str, line: list[Point], right: float, top: float) -> str:
    places = [(_x(x, right), _y(y, top)) for x, y in line]
    dots = "".join(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2"/>' for x, y in places)
    return f'<polyline class="{kind}" points="{_joined(places)}"/>{dots}'


def _axes(right: float, top: float) -> str:
    parts: list[str] = []
    for n in range(5):
        y, x = _y(top * n / 4, top), _x(right * n / 4, right)
        parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{seconds(top * n / 4)}</text>')
        anchor = "end" if n == 4 else "middle"
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="{anchor}">{round(right * n / 4, 1):g} s</text>')
    return "".join(parts)


def _x(at: float, right: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * at / right


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _joined(places: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _round(value: float) -> float:
    """A round number above the value, whose quarters are easy to read."""
    step = next(step for step in (0.004, 0.02, 0.04, 0.2, 0.4, 2.0, 4.0, 20.0, 40.0, 1e9) if value <= 10 * step)
    return max(1, ceil(value / step)) * step
