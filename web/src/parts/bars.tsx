// Names with a bar for how many, each a link.
import { formatNumber } from "../format";
import { useLanguage } from "../preferences";
import { Foreign } from "./small";

export interface Bar {
  name: string;
  count: number;
  part?: number; // of count, drawn in the colour of forged
  note?: string;
  link: string;
}

export function Bars({ bars, forged, label }: { bars: readonly Bar[]; forged?: boolean; label: string }) {
  const lang = useLanguage();
  const most = Math.max(1, ...bars.map((b) => b.count));
  return (
    <ol class="bars" aria-label={label}>
      {bars.map((b) => (
        <li key={b.name}>
          <a href={b.link}>
            <span class="bar-name"><Foreign text={b.name} /></span>
            <span class="bar-count">
              {b.note && <span class="bar-note">{b.note}</span>}
              {formatNumber(b.count, lang)}
            </span>
            <span class="bar-track" aria-hidden="true">
              <span class={forged ? "bar-fill bar-forged" : "bar-fill"} style={{ width: `${(100 * b.count) / most}%` }} />
              {b.part ? <span class="bar-fill bar-forged bar-part" style={{ width: `${Math.max(1.5, (100 * b.part) / most)}%` }} /> : null}
            </span>
          </a>
        </li>
      ))}
    </ol>
  );
}
