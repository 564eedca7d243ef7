// A wave of forged mail: what happened, in whose name, to whom, since when, and what to do next.
import { useState } from "preact/hooks";
import * as api from "../api";
import { formatNumber, formatTime } from "../format";
import { texts } from "../i18n";
import { useLoad } from "../load";
import { isLoopback } from "../place";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import { addressesOf, hitBy, letterAbout, mailtoOf, nameToWatch, watchLines } from "../tell";
import { visible } from "../visible";
import type { ForgedGroup, Language } from "../types";
import { Icon } from "./icon";
import { Account, Copy, Failure, Segments, Skeleton } from "./small";

/** From the full minute of the one to behind the minute of the other. */
function hours(first: number, last: number): { from: string; to: string } {
  const text = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 16) + "Z";
  return { from: text(first), to: text(last + 60) };
}

/** The list goes by the last fetch, which may be later than the wave. */
const mailsOf = (w: ForgedGroup): Record<string, string> => ({ verdict: "forged", domain: w.domain, ...hours(w.first, w.fetched) });

/** A text for those who were hit. The reader sends it, or not. */
function Tell({ w }: { w: ForgedGroup }) {
  const t = useTexts();
  const shown = useLanguage();
  const [language, setLanguage] = useState<Language>(shown);
  const hit = useLoad(`hit ${w.domain} ${w.first} ${w.last}`, (signal) => hitBy(w, (q) => api.getMails(q, signal)));
  if (hit.error) return <Failure error={hit.error} again={hit.again} />;
  if (!hit.data) return <Skeleton lines={6} />;
  const { addresses, others } = addressesOf(hit.data.accounts);
  const page = isLoopback ? "" : `${location.origin}/${href(["mails"], mailsOf(w))}`;
  const letter = letterAbout(w, texts[language].wave.mail, language, page);
  const mail = mailtoOf(addresses, letter);
  return (
    <div class="stack">
      <p>{t.wave.tellHelp}</p>
      {isLoopback && <p class="hint">{t.wave.tellLoopback}</p>}
      <Segments<Language> legend={t.invite.language} name={`tell-language ${w.domain} ${w.first}`} value={language} onPick={setLanguage}
        options={[{ value: "ja", label: t.me.languages.ja }, { value: "en", label: t.me.languages.en }]} />
      <pre class="text steps" lang={language} tabIndex={0} aria-label={t.wave.tellTitle}>{`${letter.subject}\n\n${letter.text}`}</pre>
      {addresses.length > 0 && (
        <div>
          <h4 class="smaller">{t.wave.addresses(formatNumber(addresses.length, shown))}</h4>
          <p class="smaller addresses">{addresses.map((a, i) => <>{i > 0 && t.listSeparator}<bdi>{visible(a)}</bdi></>)}</p>
        </div>
      )}
      {others.length > 0 && (
        <p class="smaller">{t.wave.noAddress(formatNumber(others.length, shown))}{" "}{others.map((a, i) => <>{i > 0 && t.listSeparator}<Account name={a} /></>)}</p>
      )}
      {hit.data.cut && <p class="hint">{t.wave.cut}</p>}
      {mail.isLong && <p class="hint">{t.wave.tooMany}</p>}
      <div class="row">
        <a class="button button-small" href={mail.link}>{t.wave.writeMail}</a>
        <Copy text={letter.text} label={t.wave.copyText} />
        {addresses.length > 0 && <Copy text={addresses.join(", ")} label={t.wave.copyAddresses} />}
      </div>
    </div>
  );
}

function Watch({ name }: { name: string }) {
  const t = useTexts();
  const settings = useLoad("watched", (signal) => api.getSettings("en", signal));
  if (settings.error) return <Failure error={settings.error} again={settings.again} />;
  if (!settings.data) return <Skeleton lines={3} />;
  const set = settings.data.settings.find((s) => s.name === "verdict.watched")?.value ?? "[]";
  const lines = watchLines(set, name);
  const shown = visible(name);
  return (
    <div class="stack">
      <p><bdi>{t.wave.watchHelp(shown)}</bdi></p>
      {lines === null ? <p class="good"><Icon name="genuine" size={18} /> <bdi>{t.wave.watched(shown)}</bdi></p> : (
        <>
          <p>{t.wave.watchSet}</p>
          <pre class="text" tabIndex={0} lang="en">{lines}</pre>
          <div class="row"><Copy text={lines} label={t.mail.copy} /></div>
        </>
      )}
    </div>
  );
}

type Open = "tell" | "watch" | null;

export function Wave({ w, admin }: { w: ForgedGroup; admin: boolean }) {
  const t = useTexts();
  const lang = useLanguage();
  const [open, setOpen] = useState<Open>(null);
  const n = formatNumber(w.mails, lang);
  const name = visible(w.domain);
  const watched = nameToWatch(w);
  const flip = (which: Open) => () => setOpen(open === which ? null : which);
  return (
    <li class="stack tight wave">
      <div class="notice tone-forged">
        <Icon name="forged" />
        <span class="stack tight">
          <strong><bdi>{w.kind === "misused" ? t.wave.misused(n, name) : w.kind === "look-alike" ? (w.like ? t.wave.lookAlike(n, name, visible(w.like)) : t.wave.deceiving(n, name)) : t.wave.displayName(n, name)}</bdi></strong>
          <span class="smaller">
            {t.wave.when(formatTime(w.first, lang), formatTime(w.last, lang))}{" "}
            {t.wave.to}{" "}
            {w.accounts.map((a, i) => <span key={a}>{i > 0 && t.listSeparator}<Account name={a} /></span>)}
            {w.all_accounts > w.accounts.length && <> {t.overview.moreAccounts(w.all_accounts - w.accounts.length)}</>}
          </span>
        </span>
        <span class="row wave-do">
          <a class="button button-small" href={href(["mails"], mailsOf(w))}>{t.wave.see}</a>
          {admin && <button type="button" class="button button-small" aria-expanded={open === "tell"} onClick={flip("tell")}>{t.wave.tell}</button>}
          {admin && watched !== "" && <button type="button" class="button button-small" aria-expanded={open === "watch"} onClick={flip("watch")}>{t.wave.watch}</button>}
        </span>
      </div>
      {open !== null && (
        <div class="card">
          {open === "tell" ? <><h3>{t.wave.tellTitle}</h3><Tell w={w} /></> : <><h3><bdi>{t.wave.watchTitle(visible(watched))}</bdi></h3><Watch name={watched} /></>}
        </div>
      )}
    </li>
  );
}
