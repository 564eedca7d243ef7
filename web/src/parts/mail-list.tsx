// Mails as rows that lead to their story. Forged ones that came together are one row.
import { formatNumber, formatTime } from "../format";
import { doesNotFit } from "../fit";
import { href } from "../route";
import { useLanguage, useTexts } from "../preferences";
import { visible } from "../visible";
import { inWaves, kindOfWave, waveGap, type Item } from "../waves";
import type { Mail } from "../types";
import { Icon } from "./icon";
import { Account, Ago, Badge, Foreign, TimeOf } from "./small";

/** The filter that the list is of, so that "back" from a story finds it. */
type Filtered = Readonly<Record<string, string>>;

interface Shown {
  fresh: ReadonlySet<number>;
  short: boolean;
  showAccount: boolean;
  within: Filtered;
}

function MailRow({ mail, fresh, short, showAccount, within }: { mail: Mail } & Shown) {
  const t = useTexts();
  const who = mail.author ?? mail.author_domain;
  const cut = short ? " cut" : "";
  return (
    <li class={`mail-row${fresh.has(mail.id) ? " mail-fresh" : ""}`}>
      <a href={href(["mail", String(mail.id)], within)}>
        <span class="stack tight mail-verdict">
          <Badge verdict={mail.verdict} />
          {doesNotFit(mail) && <small class="unfit"><Icon name="warn" size={14} /> {t.mails.unfit}</small>}
        </span>
        <span class="stack mail-what">
          <span class={`mail-who${cut}`}>{who ? <Foreign text={who} /> : t.mails.unknownDomain}</span>
          {mail.subject !== null && <span class={`mail-subject${cut}`}><Foreign text={mail.subject} /></span>}
          {!short && <small>{mail.sentence}</small>}
        </span>
        <span class="hint mail-side">
          <Ago at={mail.fetched} />
          {!short && <TimeOf at={mail.fetched} />}
          {showAccount && <Account name={mail.account} />}
        </span>
      </a>
    </li>
  );
}

/** `goesOn`: more of it may follow what is shown. */
function WaveRow({ item, open, goesOn, ...shown }: { item: Item; open: boolean; goesOn: boolean } & Shown) {
  const t = useTexts();
  const lang = useLanguage();
  const { newest, mails } = item;
  const n = formatNumber(mails.length, lang);
  const name = visible(newest.author_domain);
  const kind = kindOfWave(mails);
  const title = (kind === "misused" ? t.wave.misused : kind === "look-alike" ? t.wave.deceiving : t.wave.displayName)(n, name);
  const oldest = mails[mails.length - 1] ?? newest;
  const accounts = new Set(mails.map((m) => m.account)).size;
  const isFresh = mails.some((m) => shown.fresh.has(m.id));
  return (
    <li class={`mail-wave${isFresh ? " mail-fresh" : ""}`}>
      <details open={open}>
        <summary>
          <Badge verdict={newest.verdict} />
          <span class="stack mail-what">
            <strong><bdi>{title}</bdi></strong>
            <small>
              {t.wave.when(formatTime(oldest.came, lang), formatTime(newest.came, lang))}
              {shown.showAccount && <> {t.wave.toAccounts(formatNumber(accounts, lang), accounts === 1)}</>}
              {goesOn && <> {t.wave.goesOn}</>}
            </small>
          </span>
          <span class="hint mail-side"><Ago at={newest.came} /></span>
        </summary>
        <ul class={`mail-list${shown.short ? " mail-list-short" : ""}`} aria-label={t.wave.mailsOf(name)}>
          {mails.map((m) => <MailRow key={m.id} mail={m} {...shown} />)}
        </ul>
      </details>
    </li>
  );
}

/** `more`: the server has more that is older. */
export function MailList(props: { mails: readonly Mail[]; fresh: ReadonlySet<number>; label: string; short?: boolean; showAccount?: boolean; within?: Filtered; more?: boolean }) {
  const shown: Shown = { fresh: props.fresh, short: props.short ?? false, showAccount: props.showAccount ?? false, within: props.within ?? {} };
  const items = inWaves(props.mails);
  const end = props.mails[props.mails.length - 1]?.fetched ?? 0;
  const before = new Map<string, number>(); // waves of a domain
  const keyOf = ({ newest }: Item): string => {
    const n = before.get(newest.author_domain) ?? 0;
    before.set(newest.author_domain, n + 1);
    return `${newest.author_domain} ${n}`;
  };
  const goesOn = ({ mails }: Item) => (props.more ?? false) && (mails[mails.length - 1]?.came ?? 0) - end <= waveGap;
  return (
    <ul class={`mail-list${props.short ? " mail-list-short" : ""}`} aria-label={props.label}>
      {items.map((i) => (i.mails.length === 1
        ? <MailRow key={i.newest.id} mail={i.newest} {...shown} />
        : <WaveRow key={keyOf(i)} item={i} open={items.length === 1} goesOn={goesOn(i)} {...shown} />))}
    </ul>
  );
}
