// Verdicts by day or week, stacked. The legend is also what the pointed-at day is read from.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { cell, useCell } from "./cell";
import { total, type Span } from "./days";
import { daysInLinks, formatDay, formatNumber, formatShare } from "./format";
import { go } from "./location";
import { href } from "./route";
import { theme, useLanguage, useTexts } from "./preferences";
import { verdicts, type Language } from "./types";

const height = 240;

// Canvas knows nothing of CSS: colours are read anew when they change.
const colours = cell(0);
const recolour = () => requestAnimationFrame(() => colours.set(colours.get() + 1));
theme.watch(recolour);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);

/** A colour of theme.css as it is in force: what is read of the property itself would be light-dark(). */
function css(box: HTMLElement, name: string): string {
  box.style.color = `var(${name})`;
  const found = getComputedStyle(box).color;
  box.style.color = "";
  return found;
}

/** Sums from below up: the last has all. Painted from the highest down, so that each covers what it does not add. */
function stacked(spans: readonly Span[]): number[][] {
  let below = spans.map(() => 0);
  return verdicts.map((v) => (below = spans.map((s, i) => s[v] + (below[i] ?? 0))));
}

function make(box: HTMLElement, spans: readonly Span[], lang: Language, onPoint: (at: number | null) => void): uPlot {
  const levels = stacked(spans);
  // The oldest span may be shorter: only their ends are evenly apart.
  const x = spans.map((s) => s.last);
  const width = spans.length > 1 ? (x[1] ?? 0) - (x[0] ?? 0) : 1;
  const bars = uPlot.paths.bars?.({ size: [0.76, 44], align: 0 });
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const grid = { stroke: css(box, "--line"), width: 1 };
  const order = verdicts.map((v, i) => ({ v, data: levels[i] as number[] })).reverse();
  return new uPlot(
    {
      width: Math.max(200, box.clientWidth),
      height,
      padding: [14, 22, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => [(x[0] ?? 0) - width * 0.6, (x[x.length - 1] ?? 0) + width * 0.6] },
        y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.08)] },
      },
      axes: [
        {
          font, stroke: css(box, "--ink-soft"), grid: { show: false }, ticks: { show: false }, space: 64, size: 30,
          incrs: [1, 2, 7, 14, 28, 56, 91, 182],
          values: (_u, at) => at.map((day) => formatDay(day, lang)),
        },
        {
          font, stroke: css(box, "--ink-soft"), grid, ticks: { show: false }, size: 48, space: 44,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000],
          values: (_u, at) => at.map((n) => formatNumber(n, lang)),
        },
      ],
      series: [
        {},
        ...order.map(({ v }) => ({ fill: css(box, `--solid-${v}`), width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) })),
      ],
      hooks: {
        setCursor: [(u) => onPoint(u.cursor.left !== undefined && u.cursor.left >= 0 ? (u.cursor.idx ?? null) : null)],
        // One forged mail among hundreds is thinner than a pixel, and the reason for the chart.
        draw: [
          (u) => {
            const top = levels[levels.length - 1] as number[];
            const r = 3.5 * devicePixelRatio;
            u.ctx.fillStyle = css(box, "--solid-forged");
            spans.forEach((s, i) => {
              if (s.forged === 0) return;
              const cx = u.valToPos(s.last, "x", true);
              const cy = u.valToPos(top[i] ?? 0, "y", true) - 2 * r;
              u.ctx.beginPath();
              u.ctx.moveTo(cx, cy - r);
              u.ctx.lineTo(cx + r, cy);
              u.ctx.lineTo(cx, cy + r);
              u.ctx.lineTo(cx - r, cy);
              u.ctx.fill();
            });
          },
        ],
      },
    },
    [x, ...order.map((o) => o.data)],
    box,
  );
}

/** The mails that a bar stands for. */
const mailsOf = (s: Span): Record<string, string> => daysInLinks(s);

/** `zone`: whose days they are, where not the reader's. */
export function VerdictChart({ spans, weeks, zone }: { spans: readonly Span[]; weeks: boolean; zone: string }) {
  const t = useTexts();
  const lang = useLanguage();
  const colour = useCell(colours);
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);

  useEffect(() => {
    const into = box.current;
    if (!into || asTable) return;
    const u = make(into, spans, lang, setAt);
    plot.current = u;
    const resize = new ResizeObserver(() => u.setSize({ width: Math.max(200, into.clientWidth), height }));
    resize.observe(into);
    return () => {
      resize.disconnect();
      u.destroy();
      plot.current = null;
    };
  }, [spans, lang, colour, asTable]);

  const pointAt = (index: number) => {
    const u = plot.current;
    const span = spans[index];
    if (!u || !span) return;
    u.setCursor({ left: u.valToPos(span.last, "x"), top: 0 });
    setAt(index);
  };
  const open = () => {
    const s = at === null ? undefined : spans[at];
    if (s) go(["mails"], mailsOf(s));
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === "Enter") return open();
    const last = spans.length - 1;
    const from = at ?? last + 1;
    const to = { ArrowLeft: from - 1, ArrowDown: from - 1, ArrowRight: from + 1, ArrowUp: from + 1, Home: 0, End: last }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    pointAt(Math.max(0, Math.min(last, to)));
  };

  const all = useMemo(() => {
    const sum = { genuine: 0, new: 0, unverified: 0, altered: 0, forged: 0 };
    for (const s of spans) for (const v of verdicts) sum[v] += s[v];
    return sum;
  }, [spans]);
  const pointed = at === null ? null : (spans[at] ?? null);
  const counts = pointed ?? all;
  const name = (s: Span): string => (s.first === s.last ? formatDay(s.first, lang) : `${formatDay(s.first, lang)} – ${formatDay(s.last, lang)}`);
  const told = verdicts.map((v) => `${t.verdict[v]} ${formatNumber(counts[v], lang)}`).join(t.listSeparator);

  return (
    <section class="card chart-card" aria-labelledby="chart-title">
      <div class="row between">
        <h2 id="chart-title">{weeks ? t.overview.chartWeeks : t.overview.chart}</h2>
        <button type="button" class="button button-quiet button-small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? t.overview.asChart : t.overview.asTable}
        </button>
      </div>
      {asTable ? (
        <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="chart-title">
          <table class="table">
            <caption class="sr">{weeks ? t.overview.chartWeeks : t.overview.chart}</caption>
            <thead>
              <tr>
                <th scope="col">{weeks ? t.overview.week : t.overview.day}</th>
                {verdicts.map((v) => <th scope="col" class="number" key={v}>{t.verdict[v]}</th>)}
                <th scope="col" class="number">{t.overview.total}</th>
              </tr>
            </thead>
            <tbody>
              {spans.slice().reverse().map((s) => (
                <tr key={s.first}>
                  <th scope="row"><a href={href(["mails"], mailsOf(s))}>{formatDay(s.first, lang)}</a></th>
                  {verdicts.map((v) => (
                    <td class="number" key={v}>{s[v] > 0 ? <a href={href(["mails"], { ...mailsOf(s), verdict: v })}>{formatNumber(s[v], lang)}</a> : formatNumber(0, lang)}</td>
                  ))}
                  <td class="number">{formatNumber(total(s), lang)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <>
          <p class="hint chart-unit" aria-hidden="true">{weeks ? t.overview.mailsPerWeek : t.overview.mailsPerDay}</p>
          <div class="chart" ref={box} tabIndex={0} role="slider" aria-label={weeks ? t.overview.chartWeeks : t.overview.chart} aria-describedby="chart-help"
            aria-valuemin={1} aria-valuemax={Math.max(1, spans.length)} aria-valuenow={(at ?? spans.length - 1) + 1}
            aria-valuetext={`${pointed ? name(pointed) : t.overview.total}${t.colon}${told}`} onKeyDown={onKey} onClick={open} onBlur={() => setAt(null)} />
          <div class="row readout">
            <strong>{pointed ? name(pointed) : t.overview.total}</strong>
            <ul class="row">
              {verdicts.map((v) => (
                <li key={v} class="legend">
                  <i class={`swatch tone-${v}`} />
                  {t.verdict[v]} <b class={v === "forged" ? "is-forged" : ""}>{formatNumber(counts[v], lang)}</b>
                </li>
              ))}
            </ul>
          </div>
          <p class="hint" id="chart-help"><span class="sr">{t.overview.chartHelp} </span>{t.overview.chartOpens} {zone && t.overview.daysOf(zone)} {t.overview.diamond}</p>
        </>
      )}
    </section>
  );
}

/** A share from 0 to 1 over time; gaps where there was no mail. */
export function Spark({ values, tone, from, to }: { values: readonly (number | null)[]; tone: string; from: string; to: string }) {
  const lang = useLanguage();
  const step = 100 / Math.max(1, values.length - 1);
  const y = (v: number): number => 29 - 28 * Math.min(1, v);
  const lines: string[] = [];
  let line: string[] = [];
  values.forEach((v, i) => {
    if (v === null) {
      if (line.length) lines.push(line.join(" "));
      line = [];
    } else line.push(`${(i * step).toFixed(2)},${y(v).toFixed(2)}`);
  });
  if (line.length) lines.push(line.join(" "));
  return (
    <figure class="spark-scale" aria-hidden="true">
    <svg class={`spark ${tone}`} viewBox="0 0 100 30" preserveAspectRatio="none" fill="none" stroke-linecap="round" stroke-linejoin="round">
      <line x1="0" x2="100" y1="29.5" y2="29.5" vector-effect="non-scaling-stroke" />
      <line class="spark-top" x1="0" x2="100" y1="0.5" y2="0.5" vector-effect="non-scaling-stroke" />
      {lines.map((points, i) => <polyline key={i} points={points.includes(" ") ? points : `${points} ${points}`} stroke-width="2" vector-effect="non-scaling-stroke" />)}
    </svg>
      <span class="hint spark-high">{formatShare(1, lang)}</span>
      <span class="hint spark-low">{formatShare(0, lang)}</span>
      <figcaption class="row between hint"><span>{from}</span><span>{to}</span></figcaption>
    </figure>
  );
}
