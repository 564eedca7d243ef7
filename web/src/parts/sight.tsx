// What Mekiki cannot see, and what to do about it: never green when blind.
import { formatNumber } from "../format";
import { useLanguage, useTexts } from "../preferences";
import type { Texts } from "../i18n";
import { href } from "../route";
import type { HealthItem, Overview, ServerSight } from "../types";
import { visible, visibleLines } from "../visible";
import { wayText } from "../way";
import { BorderQuestions } from "./border-questions";
import { Icon } from "./icon";
import { Account, Copy } from "./small";

export function itemText(i: HealthItem, t: Texts): string {
  return t.health[`${i.name}-${i.code}`]?.(i.number) ?? i.text;
}

/** Where it is told what to do; null: nowhere but in the text. */
export const pageOf = (i: HealthItem, t: Texts): { link: string; label: string } | null =>
  i.name === "domains" ? { link: href(["own"]), label: t.nav.own } : null;

export function ItemText({ i, t }: { i: HealthItem; t: Texts }) {
  const page = pageOf(i, t);
  return <>{itemText(i, t)}{page && <>{" "}<a href={page.link}>{page.label}</a></>}</>;
}

/** Without what the border's own notice says. */
export const problemsOf = (items: readonly HealthItem[]): HealthItem[] => items.filter((i) => i.state !== "ok" && !(i.name === "border" && i.code === "blind"));

/** Something is amber: nothing may be called quiet. */
export const hasTrouble = (o: Overview): boolean => o.sight.state === "blind" || problemsOf(o.health?.items ?? []).length > 0;

function ToSet({ s }: { s: ServerSight }) {
  const t = useTexts();
  const account = s.accounts[0]?.name;
  const learn = `mekiki provider learn --account '${visible(account ?? `NAME%${s.host}`)}' MAILS`;
  return (
    <details>
      <summary>{t.sight.show}</summary>
      <div class="stack">
        {s.settings ? (
          <>
            <p>{s.has_provider ? t.sight.addTo : t.sight.set}</p>
            <pre class="text" tabIndex={0}>{visibleLines(s.settings.trimEnd())}</pre>
            <div class="row"><Copy text={s.settings} label={t.mail.copy} /></div>
            <p>{t.sight.more}</p>
          </>
        ) : <p>{t.sight.nothing}</p>}
        <pre class="text" tabIndex={0}>{learn}</pre>
      </div>
    </details>
  );
}

function Blind({ s, admin }: { s: ServerSight; admin: boolean }) {
  const t = useTexts();
  const lang = useLanguage();
  const others = s.all_accounts - s.accounts.length;
  return (
    <section class="headline sight tone-altered" aria-labelledby={`blind-${s.host}`}>
      <Icon name="warn" size={28} />
      <div class="stack">
        <h2 id={`blind-${s.host}`}>{t.sight.blind(`\u2068${visible(s.host)}\u2069`)}</h2>
        <p>{t.sight.count(formatNumber(s.certain, lang), formatNumber(s.mails, lang))}</p>
        {admin && s.accounts.length > 0 && (
          <p>
            {t.sight.whom}{" "}
            {s.accounts.map((a, i) => <span key={a.name}>{i > 0 && t.listSeparator}<Account name={a.name} /></span>)}
            {others > 0 && <> {t.overview.moreAccounts(others)}</>}
          </p>
        )}
        <ul class="stack tight">
          {s.why.map((w) => <li key={`${w.way} ${w.way_host}`}><bdi>{t.sight.reason(formatNumber(w.mails, lang), wayText(w, t))}</bdi></li>)}
        </ul>
        {admin ? <ToSet s={s} /> : <p>{t.sight.askAdministrator}</p>}
        <p class="smaller">{t.sight.again}</p>
      </div>
    </section>
  );
}

/** Above the headline. */
export function SightNotices({ o }: { o: Overview }) {
  const t = useTexts();
  const admin = o.health !== undefined;
  const blind = o.sight.servers.filter((s) => s.state === "blind");
  return (
    <>
      {problemsOf(o.health?.items ?? []).map((i) => (
        <div class="headline sight tone-altered" key={i.name}><Icon name="warn" size={28} /><p><ItemText i={i} t={t} /></p></div>
      ))}
      {blind.map((s) => <Blind key={s.host} s={s} admin={admin} />)}
      {blind.length > 0 && (admin
        ? blind.map((s) => s.accounts[0] && <BorderQuestions key={s.host} account={s.accounts[0].name} />)
        : <BorderQuestions />)}
    </>
  );
}
