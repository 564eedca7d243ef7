// What came, newest first, by what the address asks for.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { isOpen, matches, readFilter, toQuery, writeFilter, type Filter } from "../filter";
import { formatDate, formatNumber } from "../format";
import { onMail } from "../live";
import { go, useRoute } from "../location";
import { useLanguage, useTexts } from "../preferences";
import { verdicts, type Mail, type MailPage, type Verdict } from "../types";
import { BorderQuestions } from "../parts/border-questions";
import { Reports } from "../parts/feedback";
import { Icon } from "../parts/icon";
import { MailList } from "../parts/mail-list";
import { Empty, Failure, Heading, More, Skeleton } from "../parts/small";

type Cursor = MailPage["next"];
interface Found {
  mails: Mail[];
  next: Cursor;
  rulesSince: number;
  scroll: number;
}

// So that "back" from a story finds the list as it was left.
const left = new Map<string, Found>();
const listsKept = 5;
const emptyPagesFollowed = 8; // a search can look at much and find nothing

function remember(key: string, found: Found): void {
  left.delete(key);
  left.set(key, found);
  const [oldest] = left.keys();
  if (left.size > listsKept && oldest !== undefined) left.delete(oldest);
}

function useMails(filter: Filter, key: string) {
  const lang = useLanguage();
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  const [round, setRound] = useState(0);
  const asking = useRef<AbortController | null>(null);
  const now = useRef<Found | null>(null);
  now.current = found;

  const ask = async (known: readonly Mail[], before: Cursor | undefined) => {
    asking.current?.abort();
    const stop = new AbortController();
    asking.current = stop;
    setBusy(true);
    setError(null);
    try {
      let mails = [...known];
      let next: Cursor = null;
      for (let i = 0; i < emptyPagesFollowed; ++i) {
        const page = await api.getMails({ ...toQuery(filter, lang), before: before ?? undefined }, stop.signal);
        const have = new Set(mails.map((m) => m.id));
        mails = [...mails, ...page.mails.filter((m) => !have.has(m.id))];
        next = page.next;
        if (stop.signal.aborted) return;
        setFound((old) => ({ mails, next, rulesSince: page.rules_since, scroll: old?.scroll ?? 0 }));
        if (next === null || page.mails.length > 0) break;
        before = next;
      }
      setBusy(false);
    } catch (e) {
      if (stop.signal.aborted) return;
      setError(e);
      setBusy(false);
    }
  };

  useEffect(() => {
    const kept = left.get(key);
    setFresh(new Set());
    if (kept && round === 0) {
      setFound(kept);
      setBusy(false);
      setError(null);
      requestAnimationFrame(() => scrollTo(0, kept.scroll));
      // What came meanwhile.
      api.getMails(toQuery(filter, lang)).then((page) => {
        setFound((old) => {
          if (!old) return old;
          const have = new Set(old.mails.map((m) => m.id));
          return { ...old, mails: [...page.mails.filter((m) => !have.has(m.id)), ...old.mails] };
        });
      }, () => {});
    } else {
      setFound(null);
      void ask([], undefined);
    }
    const stop = onMail((m) => {
      if (!matches(filter, m)) return;
      setFresh((ids) => new Set([...ids, m.id]));
      setFound((old) => (old && !old.mails.some((o) => o.id === m.id) ? { ...old, mails: [m, ...old.mails] } : old));
    });
    return () => {
      stop();
      asking.current?.abort();
      if (now.current) remember(key, { ...now.current, scroll: scrollY });
    };
  }, [key, round]);

  return {
    found, error, busy, fresh,
    more: () => void ask(found?.mails ?? [], found?.next),
    again: () => (found ? void ask(found.mails, found.next ?? undefined) : setRound((n) => n + 1)),
  };
}

function Filters({ filter, admin }: { filter: Filter; admin: boolean }) {
  const t = useTexts();
  const [typed, setTyped] = useState(filter);
  // Only narrow screens fold the fields away; not while one of them is in force.
  const [open, setOpen] = useState(!isOpen({ ...filter, verdicts: [] }));
  const key = JSON.stringify(filter);
  useEffect(() => setTyped(filter), [key]);
  const show = (f: Filter) => go(["mails"], writeFilter(f));
  const flip = (v: Verdict) => {
    const on = filter.verdicts.includes(v);
    show({ ...typed, verdicts: on ? filter.verdicts.filter((o) => o !== v) : [...filter.verdicts, v] });
  };
  const submit = (e: Event) => {
    e.preventDefault();
    show(typed);
  };
  return (
    <form class="card" role="search" aria-label={t.mails.filters} onSubmit={submit}>
      <div class="row" role="group" aria-label={t.mails.verdicts}>
        {verdicts.slice().reverse().map((v) => (
          <button key={v} type="button" class={`chip smaller tone-${v}`} aria-pressed={filter.verdicts.includes(v)} title={t.verdictMeaning[v]} onClick={() => flip(v)}>
            <Icon name={v} size={16} /> {t.verdict[v]}
          </button>
        ))}
      </div>
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
          <input type="date" value={typed.from} {...(typed.to ? { max: typed.to } : {})} onChange={(e) => show({ ...typed, from: e.currentTarget.value })} />
        </label>
        <label class="field field-date">
          <span>{t.mails.to}</span>
          <input type="date" value={typed.to} {...(typed.from ? { min: typed.from } : {})} onChange={(e) => show({ ...typed, to: e.currentTarget.value })} />
        </label>
        <button class="button">{t.mails.apply}</button>
        {!isOpen(filter) && <a class="button button-quiet" href="#/mails">{t.mails.clear}</a>}
      </div>
    </form>
  );
}

export function MailsPage({ admin }: { admin: boolean }) {
  const t = useTexts();
  const lang = useLanguage();
  const route = useRoute();
  const filter = useMemo(() => readFilter(route.query), [JSON.stringify(route.query)]);
  const { found, error, busy, fresh, more, again } = useMails(filter, JSON.stringify(writeFilter(filter)) + lang);
  return (
    <>
      <Heading title={t.mails.title}>
        {found && found.mails.length > 0 && <p class="hint">{t.mails.soFar(formatNumber(found.mails.length, lang))}</p>}
      </Heading>
      <Filters filter={filter} admin={admin} />
      {isOpen(filter) && <Reports admin={admin} />}
      {admin && filter.account !== "" && <BorderQuestions account={filter.account} />}
      {found && found.mails.length > 0 && (
        <section class="card card-flush">
          <h2 class="sr">{t.mails.list}</h2>
          <MailList mails={found.mails} fresh={fresh} label={t.mails.list} showAccount={admin} />
        </section>
      )}
      {found && found.mails.some((m) => m.fetched < found.rulesSince) && (
        <p class="hint">{t.mails.earlierRules(formatDate(found.rulesSince, lang))}</p>
      )}
      {error ? <Failure error={error} again={again} /> : null}
      {!found && busy && <Skeleton lines={10} tall />}
      {found && found.mails.length === 0 && !busy && !error && found.next === null && (
        <Empty icon="mails" title={t.mails.empty}>{isOpen(filter) ? t.mails.emptyAtAll : t.mails.emptyFiltered}</Empty>
      )}
      {found && found.next !== null && !error && <More busy={busy} label={busy ? t.mails.searching : t.mails.more} onMore={more} />}
      {found && found.next === null && found.mails.length > 0 && <p class="hint end">{t.mails.end}</p>}
    </>
  );
}
