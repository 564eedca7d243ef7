// What came, newest first, by what the address asks for.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { useCell } from "../cell";
import { csvTime, zoneName } from "../csv";
import * as clock from "../clock";
import { isOpen, isSearchable, matches, readFilter, toQuery, writeFilter, type Filter } from "../filter";
import { endOfDate, formatDate, formatNumber, formatTime, isInstant, startOfDate } from "../format";
import { liveState, onMail } from "../live";
import { go, useRoute } from "../location";
import { put, renewed, withNews } from "../newest";
import { useLanguage, useTexts } from "../preferences";
import { verdicts, type Mail, type MailPage, type MailTotal, type Language, type Verdict } from "../types";
import type { Texts } from "../i18n";
import { say } from "../told";
import { BorderQuestions } from "../parts/border-questions";
import { Reports } from "../parts/feedback";
import { Icon } from "../parts/icon";
import { MailList } from "../parts/mail-list";
import { Empty, Failure, Heading, More, Skeleton } from "../parts/small";
import { CsvButton } from "../parts/table";

type Cursor = MailPage["next"];
interface Found {
  key: string; // of the filter
  mails: Mail[];
  next: Cursor;
  rulesSince: number;
  at: number; // when the server said so
  scroll: number;
}

// So that "back" from a story finds the list as it was left.
const left = new Map<string, Found>();
const listsKept = 5;
const emptyPagesFollowed = 8; // a search can look at much and find nothing
// A search and a count look at all mails: not at each that comes.
const searchPause = 3000; // ms
const countPause = 5000;

function remember(found: Found): void {
  left.delete(found.key);
  left.set(found.key, found);
  const [oldest] = left.keys();
  if (left.size > listsKept && oldest !== undefined) left.delete(oldest);
}

/** The server refuses such a search: it is not asked. */
const isTooShort = (filter: Filter) => filter.search.trim() !== "" && !isSearchable(filter.search);

/** Each answer is of the filter in force: what was asked under another one is given up. */
function useMails(filter: Filter, key: string) {
  const lang = useLanguage();
  const [last, setFound] = useState<Found | null>(null);
  const found = last?.key === key ? last : null;
  const [failed, setFailed] = useState<{ error: unknown; again: () => void } | null>(null);
  const [busy, setBusy] = useState(true);
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  const [changes, setChanges] = useState(0); // of the whole, that the server told of
  const asking = useRef<AbortController | null>(null);
  const now = useRef<Found | null>(null);
  const came = useRef<Mail[] | null>(null); // since the list was asked for
  now.current = last;

  /** `known` is there already, and the server is asked for what follows. */
  const ask = async (known: readonly Mail[], before: Cursor | undefined) => {
    asking.current?.abort();
    if (isTooShort(filter)) {
      setFound({ key, mails: [], next: null, rulesSince: 0, at: clock.now(), scroll: 0 });
      setFailed(null);
      return setBusy(false);
    }
    const stop = new AbortController();
    asking.current = stop;
    setBusy(true);
    setFailed(null);
    const since: Mail[] = [];
    came.current = since;
    try {
      let mails = [...known];
      let next: Cursor = null;
      for (let i = 0; i < emptyPagesFollowed; ++i) {
        const page = await api.getMails({ ...toQuery(filter, lang), before: before ?? undefined }, stop.signal);
        if (stop.signal.aborted) return;
        const have = new Set(mails.map((m) => m.id));
        mails = [...mails, ...page.mails.filter((m) => !have.has(m.id))];
        next = page.next;
        setFound((old) => ({ key, mails: withNews(mails, since, filter), next, rulesSince: page.rules_since, at: clock.now(), scroll: old?.scroll ?? 0 }));
        if (next === null || page.mails.length > 0) break;
        before = next;
      }
      setBusy(false);
    } catch (error) {
      if (stop.signal.aborted) return;
      setFailed({ error, again: () => void ask(known, before) });
      setBusy(false);
    }
    if (came.current === since) came.current = null;
  };

  /** What came or was judged anew since. */
  const renew = async () => {
    if (!now.current || isTooShort(filter)) return void ask([], undefined);
    asking.current?.abort();
    const stop = new AbortController();
    asking.current = stop;
    setFailed(null);
    const since: Mail[] = [];
    came.current = since;
    try {
      const page = await api.getMails(toQuery(filter, lang), stop.signal);
      if (stop.signal.aborted) return;
      setFound((old) => {
        const mails = renewed(old?.mails ?? [], page);
        const next = mails === null || page.next === null ? page.next : (old?.next ?? null);
        return { key, mails: withNews(mails ?? page.mails, since, filter), next, rulesSince: page.rules_since, at: clock.now(), scroll: old?.scroll ?? 0 };
      });
      setChanges((n) => n + 1);
    } catch (error) {
      if (!stop.signal.aborted) setFailed({ error, again: () => void renew() });
    }
    if (came.current === since) came.current = null;
    if (!stop.signal.aborted) setBusy(false);
  };

  useEffect(() => {
    const kept = left.get(key);
    setFresh(new Set());
    setFound(kept ?? null);
    now.current = kept ?? null;
    setBusy(!kept);
    if (kept) requestAnimationFrame(() => scrollTo(0, kept.scroll));
    void renew();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopMails = onMail((m) => {
      setChanges((n) => n + 1);
      came.current?.push(m);
      if (filter.search !== "") {
        // Only the server knows whether it is found.
        clearTimeout(timer);
        timer = setTimeout(() => void renew(), searchPause);
      } else if (matches(filter, m)) {
        setFresh((ids) => new Set([...ids, m.id]));
        setFound((old) => old && { ...old, mails: put(old.mails, m), at: clock.now() });
      } else {
        setFound((old) => old && { ...old, mails: old.mails.filter((o) => o.id !== m.id) });
      }
    });
    let was = liveState.get();
    const stopLive = liveState.watch((state) => {
      const isBack = (state === "live" || state === "polling") && (was === "lost" || was === "connecting");
      was = state;
      if (isBack && now.current) void renew();
    });
    return () => {
      stopMails();
      stopLive();
      clearTimeout(timer);
      asking.current?.abort();
      if (now.current) remember({ ...now.current, scroll: scrollY });
    };
  }, [key]);

  return { found, failed, busy, fresh, changes, more: () => void ask(found?.mails ?? [], found?.next) };
}

/** Of all that the filter finds; null while nobody knows. */
function useTotal(filter: Filter, key: string, changes: number): MailTotal | null {
  const lang = useLanguage();
  const [total, setTotal] = useState<{ key: string; of: MailTotal } | null>(null);
  useEffect(() => {
    if (isTooShort(filter)) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api.countMails(toQuery(filter, lang), stop.signal).then((of) => stop.signal.aborted || setTotal({ key, of }), () => {});
    }, changes > 0 ? countPause : 0);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, changes]);
  return total?.key === key ? total.of : null;
}

const suggestPause = 200; // ms

/** Accounts and domains that have the last word that is being typed. */
function useSuggestions(typed: string): string[] {
  const [found, setFound] = useState<string[]>([]);
  const word = typed.split(/\s+/).pop() ?? "";
  useEffect(() => {
    setFound([]);
    if (!isSearchable(word)) return;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      api.getSuggestions(word, stop.signal).then((s) => stop.signal.aborted || setFound([...s.accounts, ...s.domains]), () => {});
    }, suggestPause);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [word]);
  const before = typed.slice(0, typed.length - word.length);
  return found.map((name) => before + name);
}

function Filters({ filter, admin }: { filter: Filter; admin: boolean }) {
  const t = useTexts();
  const lang = useLanguage();
  const [typed, setTyped] = useState(filter);
  // Only narrow screens fold the fields away; not while one of them is in force.
  const [open, setOpen] = useState(!isOpen({ ...filter, verdicts: [], search: "" }));
  const key = JSON.stringify(filter);
  useEffect(() => setTyped(filter), [key]);
  const show = (f: Filter) => go(["mails"], writeFilter(f));
  const flip = (v: Verdict) => {
    const on = filter.verdicts.includes(v);
    show({ ...typed, verdicts: on ? filter.verdicts.filter((o) => o !== v) : [...filter.verdicts, v] });
  };
  const suggested = useSuggestions(typed.search);
  const short = isTooShort(typed);
  const isOfTimes = isInstant(filter.from) || isInstant(filter.to);
  const timeOf = (seconds: number | null) => (seconds === null ? "" : formatTime(seconds, lang));
  const submit = (e: Event) => {
    e.preventDefault();
    if (!short) show(typed);
  };
  return (
    <form class="card" role="search" aria-label={t.mails.filters} onSubmit={submit}>
      <div class="row find-row">
        <label class="search">
          <span class="sr">{t.mails.search}</span>
          <Icon name="search" size={18} />
          <input type="search" name="search" list="suggestions" placeholder={admin ? t.mails.searchWhat : t.mails.searchMine} value={typed.search} maxLength={150} spellcheck={false} autocomplete="off"
            autocapitalize="none" aria-describedby={short ? "search-short" : undefined} onInput={(e) => setTyped({ ...typed, search: e.currentTarget.value })} />
          <datalist id="suggestions">{suggested.map((s) => <option key={s} value={s} />)}</datalist>
        </label>
        <button class="button button-primary">{t.mails.find}</button>
      </div>
      {short && <p class="hint" id="search-short" role="status">{t.mails.searchShort}</p>}
      <div class="row" role="group" aria-label={t.mails.verdicts}>
        {verdicts.slice().reverse().map((v) => (
          <button key={v} type="button" class={`chip smaller tone-${v}`} aria-pressed={filter.verdicts.includes(v)} title={t.verdictMeaning[v]} onClick={() => flip(v)}>
            <Icon name={v} size={16} /> {t.verdict[v]}
          </button>
        ))}
      </div>
      {isOfTimes && (
        <p class="row">
          <span>{t.mails.period(timeOf(startOfDate(filter.from)), timeOf(endOfDate(filter.to)))}</span>
          <button type="button" class="button button-quiet button-small" onClick={() => show({ ...typed, from: "", to: "" })}>{t.mails.anyTime}</button>
        </p>
      )}
      <button type="button" class="button button-quiet button-small filter-open" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t.mails.filters}
      </button>
      <div class="row filter-row">
        <label class="field">
          <span>{t.mails.domain}</span>
          <input type="text" value={typed.domain} placeholder="example.jp" title={t.mails.domainHelp} autocapitalize="none" spellcheck={false}
            onInput={(e) => setTyped({ ...typed, domain: e.currentTarget.value.trim().toLowerCase() })} />
        </label>
        {admin && (
          <label class="field">
            <span>{t.mails.account}</span>
            <input type="text" value={typed.account} placeholder="taro%pop.example.jp" autocapitalize="none" spellcheck={false}
              onInput={(e) => setTyped({ ...typed, account: e.currentTarget.value.trim() })} />
          </label>
        )}
        <label class="field field-date">
          <span>{t.mails.from}</span>
          <input type="date" value={isInstant(typed.from) ? "" : typed.from} {...(typed.to && !isInstant(typed.to) ? { max: typed.to } : {})} onChange={(e) => show({ ...typed, from: e.currentTarget.value, to: isInstant(typed.to) ? "" : typed.to })} />
        </label>
        <label class="field field-date">
          <span>{t.mails.to}</span>
          <input type="date" value={isInstant(typed.to) ? "" : typed.to} {...(typed.from && !isInstant(typed.from) ? { min: typed.from } : {})} onChange={(e) => show({ ...typed, to: e.currentTarget.value, from: isInstant(typed.from) ? "" : typed.from })} />
        </label>
        <button class="button">{t.mails.apply}</button>
        {!isOpen(filter) && <a class="button button-quiet" href="#/mails">{t.mails.clear}</a>}
      </div>
    </form>
  );
}

const mostInFile = 10_000;

/** What the filter finds, as the list would show it. */
async function allRows(filter: Filter, lang: Language, t: Texts, admin: boolean): Promise<string[][]> {
  let mails: Mail[] = [];
  let before: Cursor = null;
  do {
    const page: MailPage = await api.getMails({ ...toQuery(filter, lang), limit: 200, before: before ?? undefined });
    mails = [...mails, ...page.mails];
    before = page.next;
  } while (before !== null && mails.length < mostInFile);
  if (before !== null) say(t.csv.cut(formatNumber(mails.length, lang)));
  return mails.map((m) => [
    csvTime(m.fetched), t.verdict[m.verdict], m.author ?? "", m.author_domain, m.subject ?? "", ...(admin ? [m.account] : []), m.sentence, m.code, m.dkim, m.dmarc, m.policy,
  ]);
}

export function MailsPage({ admin }: { admin: boolean }) {
  const t = useTexts();
  const lang = useLanguage();
  const route = useRoute();
  const filter = useMemo(() => readFilter(route.query), [JSON.stringify(route.query)]);
  const key = JSON.stringify(writeFilter(filter)) + lang;
  const { found, failed, busy, fresh, changes, more } = useMails(filter, key);
  const total = useTotal(filter, key, changes);
  const lost = useCell(liveState) === "lost";
  const shown = found?.mails.length ?? 0;
  const whole = found?.next === null ? { mails: shown, whole: true } : total;
  const soFar = whole ? (whole.whole ? t.mails.soFarOf : t.mails.soFarOver)(formatNumber(shown, lang), formatNumber(Math.max(whole.mails, shown), lang))
    : t.mails.soFar(formatNumber(shown, lang));
  return (
    <>
      <Heading title={t.mails.title}>
        {shown > 0 && (
          <div class="row">
            <p class="hint">{soFar}</p>
            <CsvButton name="mekiki-mails" rows={() => allRows(filter, lang, t, admin)} head={[
              `${t.mail.fetched} (${zoneName()})`, t.mails.verdict, t.mail.author, t.mail.authorDomain, t.mail.subject, ...(admin ? [t.mail.account] : []), t.mails.reason, t.mail.code, "DKIM", "DMARC", t.mail.policy,
            ]} />
          </div>
        )}
      </Heading>
      <Filters filter={filter} admin={admin} />
      {isOpen(filter) && <Reports admin={admin} />}
      {admin && filter.account !== "" && <BorderQuestions account={filter.account} />}
      {failed ? <Failure error={failed.error} again={failed.again} /> : null}
      {found && (failed || lost) && <p class="notice tone-altered" role="status"><Icon name="warn" /> <span>{t.mails.asOf(formatTime(found.at, lang))}</span></p>}
      {found && found.mails.length > 0 && (
        <section class="card card-flush">
          <h2 class="sr">{t.mails.list}</h2>
          <MailList mails={found.mails} fresh={fresh} label={t.mails.list} showAccount={admin} within={writeFilter(filter)} more={found.next !== null} />
        </section>
      )}
      {found && found.mails.some((m) => m.fetched < found.rulesSince) && (
        <p class="hint">{t.mails.earlierRules(formatDate(found.rulesSince, lang))}</p>
      )}
      {!found && busy && <Skeleton lines={10} tall />}
      {found && found.mails.length === 0 && !busy && !failed && found.next === null && (
        <Empty icon="mails" title={t.mails.empty}>{isOpen(filter) ? t.mails.emptyAtAll : filter.search ? t.mails.emptySearch : t.mails.emptyFiltered}</Empty>
      )}
      {found && found.next !== null && !failed && <More busy={busy} label={busy ? t.mails.searching : t.mails.more} onMore={more} />}
      {found && found.next === null && found.mails.length > 0 && <p class="hint end">{t.mails.end}</p>}
    </>
  );
}
