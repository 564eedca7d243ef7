// Names with a bar for how many, each a link.
import { formatNumber } from "../format";
import { useLanguage } from "../preferences";
import { Foreign } from "./small";

export interface Bar {
  name: string;
  count: number;
  part?: number; // of count, drawn in the colour of forged
  note?: string;
  like?: string; // the name that it looks like
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
            <span class="cut"><Foreign text={b.name} />{b.like && <small> ≈ <Foreign text={b.like} /></small>}</span>
            <b>
              {b.note && <small class="is-forged">{b.note}</small>}
              {formatNumber(b.count, lang)}
            </b>
            <span class="track" aria-hidden="true">
              <i class={forged ? "tone-forged" : ""} style={{ width: `${(100 * b.count) / most}%` }} />
              {b.part ? <i class="tone-forged" style={{ width: `${Math.max(1.5, (100 * b.part) / most)}%` }} /> : null}
            </span>
          </a>
        </li>
      ))}
    </ol>
  );
}
