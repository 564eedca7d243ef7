// Days of a history: proven above the line, not proven below. And when keys were seen.
import { useTexts, useLanguage } from "../preferences";
import { dayBegins, formatDate, formatDay, formatNumber } from "../format";
import { secondsADay } from "../days";
import { now } from "../clock";
import type { ForgedDay, History, KeyRecord } from "../types";

const shown = 180;
const half = 22; // px of one side

/** What is learned is kept by days of UTC; said where the reader's are others. */
function DayBegins({ day }: { day: number }) {
  const t = useTexts();
  const begins = dayBegins(day, useLanguage());
  return begins ? <p class="hint">{t.overview.dayBegins(begins)}</p> : null;
}

export function Strip({ days }: { days: History["days"] }) {
  const t = useTexts();
  const lang = useLanguage();
  const today = Math.floor(now() / secondsADay);
  const first = today - shown + 1;
  const within = days.filter((d) => d.day >= first && d.day <= today);
  const most = Math.max(1, ...within.map((d) => Math.max(d.proven, d.unproven)));
  // A day with one mail must be seen beside one with hundreds.
  const height = (n: number): number => (n === 0 ? 0 : 3 + (half - 3) * Math.sqrt(n / most));
  const sum = (of: "proven" | "unproven") => formatNumber(within.reduce((n, d) => n + d[of], 0), lang);
  return (
    <figure class="stack tight strip">
      <svg viewBox={`0 0 ${shown * 4} ${half * 2 + 2}`} preserveAspectRatio="none" role="img"
        aria-label={t.domain.stripText(sum("proven"), sum("unproven"))}>
        <rect x="0" y={half} width={shown * 4} height="1" />
        {within.map((d) => (
          <g key={d.day}>
            <title>{`${formatDay(d.day, lang)}: ${d.proven} ${t.domain.proven}, ${d.unproven} ${t.domain.unproven}`}</title>
            <rect class="tone-genuine" x={(d.day - first) * 4} y={half - height(d.proven)} width="3" height={height(d.proven)} />
            <rect class="tone-altered" x={(d.day - first) * 4} y={half + 1} width="3" height={height(d.unproven)} />
          </g>
        ))}
      </svg>
      <figcaption class="row between hint">
        <span>{formatDay(first, lang)}</span>
        <span class="legend"><i class="swatch tone-genuine" />{t.domain.proven}<i class="swatch tone-altered" />{t.domain.unproven}</span>
        <span>{formatDay(today, lang)}</span>
      </figcaption>
      <DayBegins day={today} />
    </figure>
  );
}

/** Forged mails by day, from first to last. `zone`: whose days they are, where not the reader's. */
export function ForgedStrip({ first, last, days, zone }: { first: number; last: number; days: readonly ForgedDay[]; zone: string }) {
  const t = useTexts();
  const lang = useLanguage();
  const wide = (last - first + 1) * 4;
  const within = days.filter((d) => d.day >= first && d.day <= last);
  const most = Math.max(1, ...within.map((d) => d.mails));
  const high = half * 2;
  const height = (n: number): number => 3 + (high - 3) * Math.sqrt(n / most);
  const sum = within.reduce((n, d) => n + d.mails, 0);
  return (
    <figure class="stack tight strip">
      <svg viewBox={`0 0 ${wide} ${high + 1}`} preserveAspectRatio="none" role="img" aria-label={t.own.forgedStrip(formatNumber(sum, lang), formatNumber(within.length, lang))}>
        <rect x="0" y={high} width={wide} height="1" />
        {within.map((d) => (
          <g key={d.day}>
            <title>{t.own.forgedDay(formatDay(d.day, lang), formatNumber(d.mails, lang))}</title>
            <rect class="tone-forged" x={(d.day - first) * 4} y={high - height(d.mails)} width="3" height={height(d.mails)} />
          </g>
        ))}
      </svg>
      <figcaption class="row between hint">
        <span>{formatDay(first, lang)}</span>
        <span>{formatDay(last, lang)}</span>
      </figcaption>
      {zone && <p class="hint">{t.overview.daysOf(zone)}</p>}
    </figure>
  );
}

export function Timeline({ records }: { records: readonly KeyRecord[] }) {
  const t = useTexts();
  const lang = useLanguage();
  const start = Math.min(...records.map((r) => r.first));
  const length = Math.max(secondsADay, now() - start);
  return (
    <div class="stack tight" aria-hidden="true">
      <div class="track timeline">
        {records.map((r, i) => (
          <i key={i} class={r.revoked ? "tone-forged" : ""} title={t.keys.seen(formatDate(r.first, lang), formatDate(r.last, lang))}
            style={{ left: `${(100 * (r.first - start)) / length}%`, width: `max(4px, ${(100 * (r.last - r.first)) / length}%)` }} />
        ))}
      </div>
      <div class="row between hint">
        <span>{formatDate(start, lang)}</span>
        <span>{formatDate(now(), lang)}</span>
      </div>
    </div>
  );
}
