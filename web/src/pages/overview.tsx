// Is anything forged, who is hit, what is to be done.
import { useEffect, useMemo, useState } from "preact/hooks";
import * as api from "../api";
import { fold, provenShare, spanSize, sumOf, total, type Span } from "../days";
import { change, daysInLinks, foreignZone, formatAgo, formatChange, formatDay, formatNumber, formatPoints, formatShare } from "../format";
import { onMail } from "../live";
import { useLoad } from "../load";
import { put } from "../newest";
import { go, useRoute } from "../location";
import { useLanguage, useTexts } from "../preferences";
import { useNow } from "../clock";
import { href } from "../route";
import type { ForgedGroup, Health, Mail, Overview, Sight } from "../types";
import { Spark, VerdictChart } from "../chart";
import { Bars } from "../parts/bars";
import { Icon, type IconName } from "../parts/icon";
import { MailList } from "../parts/mail-list";
import { Term } from "../parts/term";
import { Wave } from "../parts/wave";
import { hasTrouble, ItemText, problemsOf, SightNotices } from "../parts/sight";
import { Account, Count, Empty, Failure, Foreign, Heading, Segments, Skeleton } from "../parts/small";

const periods = ["7", "30", "90", "365"] as const;
type Period = (typeof periods)[number];
const isPeriod = (text: string | undefined): text is Period => periods.some((p) => p === text);
const newestShown = 12;

const namedInHeadline = 3;

/** Of the period that the sums are of, and what came since. */
const fromOf = (o: Overview): string => daysInLinks(sumOf(o.days)).from;

function Hit({ o }: { o: Overview }) {
  const t = useTexts();
  const lang = useLanguage();
  const hit = (o.accounts ?? []).filter((a) => a.forged > 0).sort((a, b) => b.forged - a.forged);
  if (hit.length === 0) return <span class="smaller headline-more">{t.overview.whatToDo}</span>;
  return (
    <span class="smaller headline-more">
      {t.overview.to}{" "}
      {hit.slice(0, namedInHeadline).map((a, i) => (
        <span key={a.name}>
          {i > 0 && t.listSeparator}
          <a href={href(["mails"], { verdict: "forged", account: a.name, from: fromOf(o) })}><Account name={a.name} /></a> ({formatNumber(a.forged, lang)})
        </span>
      ))}
      {hit.length > namedInHeadline && <> {t.overview.moreAccounts(hit.length - namedInHeadline)}</>}
    </span>
  );
}

function Headline({ o, all }: { o: Overview; all: Span }) {
  const t = useTexts();
  const lang = useLanguage();
  const mails = total(all);
  // Where nothing accuses, a forgery is unverified: that is not quiet.
  const open = all.forged === 0 && all.unverified > 0;
  const early = all.forged === 0 && o.sight.state === "early";
  const seen = o.sight.servers.reduce((n, s) => ({ mails: n.mails + s.mails, certain: n.certain + s.certain }), { mails: 0, certain: 0 });
  const tone = mails === 0 || open || early ? "unverified" : all.forged > 0 ? "forged" : "genuine";
  const text =
    mails === 0 ? t.overview.headlineEmpty
    : early ? t.sight.early(formatNumber(seen.certain, lang), formatNumber(seen.mails, lang))
    : open ? t.overview.headlineOpen(formatNumber(all.unverified, lang), all.unverified === 1)
    : all.forged === 0 ? t.overview.headlineQuiet
    : t.overview.headlineForged(formatNumber(all.forged, lang), all.forged === 1);
  return (
    <div class={`headline tone-${tone}`}>
      <Icon name={mails === 0 ? "mails" : tone} size={28} />
      <p>{text}{all.forged > 0 && <Hit o={o} />}</p>
      {(all.forged > 0 || open) && <a class="button" href={href(["mails"], { verdict: open ? "unverified" : "forged", from: fromOf(o) })}>{t.overview.seeForged}</a>}
    </div>
  );
}

const wavesShown = 3;

function Waves({ o }: { o: Overview }) {
  const t = useTexts();
  if (o.waves.length === 0) return null;
  const list = (waves: readonly ForgedGroup[]) => <ul class="stack tight">{waves.map((w) => <Wave key={`${w.domain} ${w.first}`} w={w} admin={o.accounts !== undefined} />)}</ul>;
  return (
    <section class="stack" aria-labelledby="waves">
      <h2 class="sr" id="waves">{t.wave.title}</h2>
      {list(o.waves.slice(0, wavesShown))}
      {o.waves.length > wavesShown && <details><summary>{t.wave.more(o.waves.length - wavesShown)}</summary>{list(o.waves.slice(wavesShown))}</details>}
    </section>
  );
}

function Delta({ value, text, none }: { value: number | null; text: string; none: string }) {
  if (value === null) return <small>{none}</small>;
  const icon: IconName = value > 0 ? "up" : value < 0 ? "down" : "same";
  return <small><Icon name={icon} size={14} /> {text}</small>;
}

function Figures({ o, all }: { o: Overview; all: Span }) {
  const t = useTexts();
  const lang = useLanguage();
  const mails = total(all);
  // A time before the history began had no mail that is known of.
  const isNew = o.begins === 0 || o.begins > o.from - (o.to - o.from);
  const mailsBefore = isNew ? 0 : total(o.before);
  const none = isNew && o.begins > 0 ? t.overview.beginsOn(formatDay(o.begins, lang)) : t.overview.noBefore;
  const share = provenShare(all);
  const shareBefore = isNew ? null : provenShare(o.before);
  const more = change(mails, mailsBefore);
  const points = share === null || shareBefore === null ? null : share - shareBefore;
  const hit = o.accounts?.filter((a) => a.forged > 0).length ?? 0;
  // The list ends after ten; who is not in it is not known.
  const openEnd = hit > 0 && (o.accounts?.length ?? 0) >= 10;
  return (
    <dl class="card card-flush figures">
      <div class="figure">
        <dt>{t.overview.mails}</dt>
        <dd>
          <b><Count n={mails} /></b>
          <Delta none={none} value={more} text={`${formatChange(more ?? 0, lang)} · ${t.overview.before} ${formatNumber(mailsBefore, lang)}`} />
        </dd>
      </div>
      <div class="figure">
        <dt><Term name="proven">{t.overview.proven}</Term></dt>
        <dd>
          <b>{share === null ? "–" : formatShare(share, lang)}</b>
          <Delta none={none} value={points} text={`${t.overview.points(formatPoints(points ?? 0, lang))} · ${t.overview.before} ${formatShare(shareBefore ?? 0, lang)}`} />
        </dd>
      </div>
      <div class="figure">
        <dt>{t.overview.forged}</dt>
        <dd>
          <b class={all.forged ? "is-forged" : ""}><Count n={all.forged} /></b>
          <Delta none={none} value={mailsBefore ? all.forged - o.before.forged : null} text={`${t.overview.before} ${formatNumber(o.before.forged, lang)}`} />
        </dd>
      </div>
      {o.accounts && (
        <div class="figure">
          <dt>{t.overview.hit}</dt>
          <dd>
            <b>{all.forged === 0 ? (all.unverified === 0 && o.sight.state === "good" ? t.overview.quiet : formatNumber(0, lang)) : openEnd ? t.overview.atLeast(formatNumber(hit, lang)) : formatNumber(hit, lang)}</b>
            <small>{all.forged === 0 ? t.overview.quietHelp : t.overview.hitHelp(hit)}</small>
          </dd>
        </div>
      )}
    </dl>
  );
}

function Shares({ spans, all }: { spans: readonly Span[]; all: Span }) {
  const t = useTexts();
  const lang = useLanguage();
  const share = (part: (s: Span) => number) => (s: Span): number | null => (total(s) === 0 ? null : part(s) / total(s));
  const rows = [
    { name: t.overview.proven, term: "proven", of: share((s) => s.genuine + s.new), tone: "tone-genuine" },
    { name: t.overview.dkimShare, term: "dkim", of: share((s) => s.dkim_pass), tone: "" },
    { name: t.overview.dmarcShare, term: "dmarc", of: share((s) => s.dmarc_pass), tone: "" },
  ] as const;
  return (
    <section class="card" aria-labelledby="shares">
      <h2 id="shares">{t.overview.shares}</h2>
      <dl class="stack shares">
        {rows.map((r) => {
          const now = r.of(all);
          return (
            <div key={r.name}>
              <dt><Term name={r.term}>{r.name}</Term></dt>
              <dd><b>{now === null ? t.overview.noShare : formatShare(now, lang)}</b></dd>
              <dd class="share-line"><Spark values={spans.map(r.of)} tone={r.tone} from={formatDay(spans[0]?.first ?? 0, lang)} to={formatDay(spans[spans.length - 1]?.last ?? 0, lang)} /></dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function HealthPanel({ h, sight }: { h: Health; sight: Sight }) {
  const t = useTexts();
  const lang = useLanguage();
  const now = useNow();
  const blind = sight.servers.filter((s) => s.state === "blind").length;
  // The items may be some seconds older than what is known of the servers.
  const problems = problemsOf(h.items);
  // What people mistype tells nothing of servers, and strangers type names, too.
  const failing = h.upstreams.filter((u) => u.errors > 0);
  return (
    <section class="card" aria-labelledby="health">
      <h2 id="health">{t.overview.health}</h2>
      {blind > 0 || problems.length > 0 ? (
        <ul class="stack tight">
          {blind > 0 && <li class="notice tone-altered"><Icon name="warn" /> <span>{t.health["border-blind"]!(blind)}</span></li>}
          {problems.map((i) => <li class="notice tone-altered" key={`${i.name} ${i.code}`}><Icon name="warn" /> <span><ItemText i={i} t={t} /></span></li>)}
        </ul>
      ) : sight.state === "good" ? (
        <p class="good"><Icon name="genuine" /> {t.overview.healthGood}</p>
      ) : (
        <p class="quiet">{t.sight.healthEarly}</p>
      )}
      <dl class="stack facts facts-tight">
        <div>
          <dt><Term name="border">{t.sight.row}</Term></dt>
          <dd>{sight.servers.length === 0 ? "–" : sight.servers.map((s) => (
            <div key={s.host}>
              {sight.servers.length > 1 && <><Foreign text={s.host} />{" "}</>}
              <b class={s.state === "blind" ? "is-forged" : ""}>{t.sight.rowOf(formatNumber(s.certain, lang), formatNumber(s.mails, lang))}</b>
            </div>
          ))}</dd>
        </div>
        <div><dt>{t.overview.sessions}</dt><dd><Count n={h.sessions} /></dd></div>
        <div><dt>{t.overview.dnsQuestions}</dt><dd><Count n={h.dns.questions} /></dd></div>
        <div><dt>{t.overview.dnsFailed}</dt><dd><Count n={h.dns.failed} /></dd></div>
        <div><dt>{t.overview.dnsMean}</dt><dd>{h.dns.mean_ms === null ? "–" : t.overview.ms(formatNumber(h.dns.mean_ms, lang, 1))}</dd></div>
        <div><dt>{t.overview.waiting}</dt><dd><Count n={h.waiting} /></dd></div>
        <div><dt>{t.overview.lost}</dt><dd class={h.lost ? "is-forged" : ""}><Count n={h.lost} /></dd></div>
        <div><dt>{t.overview.refusedLogins}</dt><dd><Count n={h.refused_logins} /></dd></div>
        <div><dt>{t.overview.strangeServers}</dt><dd><Count n={h.strange_servers} /></dd></div>
        <div>
          <dt>{t.overview.upstreams}</dt>
          <dd>{failing.length === 0 ? t.overview.upstreamsNone : failing.map((u) => <div key={u.host}><Foreign text={u.host} /> <b><Count n={u.errors} /></b></div>)}</dd>
        </div>
      </dl>
      <p class="hint">{t.overview.since(formatAgo(h.since, now, lang) ?? t.time.now)}</p>
    </section>
  );
}

function Newest() {
  const t = useTexts();
  const lang = useLanguage();
  const page = useLoad(`newest ${lang}`, (signal) => api.getMails({ limit: newestShown, lang }, signal));
  const [came, setCame] = useState<Mail[]>([]);
  useEffect(() => onMail((m) => setCame((all) => put(all, m).slice(0, newestShown))), []);
  useEffect(() => setCame([]), [lang]);
  const fresh = useMemo(() => new Set(came.map((m) => m.id)), [came]);
  // A mail that was judged anew is not newer for that.
  const mails = came.reduce(put, page.data?.mails ?? []).slice(0, newestShown);
  return (
    <section class="card newest" aria-labelledby="newest">
      <div class="row between">
        <h2 id="newest">{t.overview.newest}</h2>
        <a href={href(["mails"])}>{t.overview.all}</a>
      </div>
      {page.error && mails.length === 0 ? <Failure error={page.error} again={page.again} />
        : mails.length > 0 ? <MailList short mails={mails} fresh={fresh} label={t.overview.newest} />
        : page.busy ? <Skeleton lines={6} tall />
        : <p class="quiet">{t.overview.newestEmpty}</p>}
    </section>
  );
}

function bars(o: Overview, which: (kind: ForgedGroup["kind"]) => boolean, label: string) {
  const found = (o.forged_domains ?? []).filter((d) => which(d.kind));
  return found.length === 0 ? null : (
    <Bars forged label={label} bars={found.map((d) => ({
      name: d.name, count: d.mails, link: href(["mails"], { verdict: "forged", domain: d.name, from: fromOf(o) }), ...(d.like ? { like: d.like } : {}),
    }))} />
  );
}

export function OverviewPage() {
  const t = useTexts();
  const lang = useLanguage();
  const route = useRoute();
  const period: Period = isPeriod(route.query.days) ? route.query.days : "30";
  const days = Number(period);
  const seen = useLoad(`overview ${period} ${lang}`, (signal) => api.getOverview(days, lang, signal));
  const o = seen.data;
  // Sums follow new mails after a pause, not one by one.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onMail(() => {
      clearTimeout(timer);
      timer = setTimeout(seen.again, 3000);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [seen.again]);
  const spans = useMemo(() => (o ? fold(o.days, spanSize(o.days.length)) : []), [o]);
  const all = useMemo(() => sumOf(o?.days ?? []), [o]);
  const empty = o !== null && total(all) === 0 && total(o.before) === 0;

  return (
    <>
      <Heading title={t.overview.title}>
        <Segments legend={t.overview.period} hideLegend name="period" value={period} onPick={(p) => go([], { days: p === "30" ? "" : p })}
          options={periods.map((p) => ({ value: p, label: t.overview.days(Number(p)) }))} />
      </Heading>
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!o ? (seen.busy ? <Skeleton lines={6} tall /> : null) : (
        <div class="stack wide beside overview" aria-busy={seen.busy}>
          <div class="stack wide">
            {empty ? (
              <>
              <SightNotices o={o} />
              <Empty icon="mails" title={t.overview.emptyTitle}>{t.overview.emptyText}</Empty>
              </>
            ) : (
              <>
                <SightNotices o={o} />
                {(all.forged > 0 || !hasTrouble(o)) && <Headline o={o} all={all} />}
                <Waves o={o} />
                <Figures o={o} all={all} />
                <VerdictChart spans={spans} weeks={spanSize(o.days.length) > 1} zone={foreignZone(o.zone, o.days)} />
              </>
            )}
          </div>
          <Newest />
          <div class="stack wide">
            {!empty && (
                <div class="columns wide">
                  <Shares spans={spans} all={all} />
                  {o.forged_domains && (
                    <section class="card" aria-labelledby="forged-domains">
                      <h2 id="forged-domains">{t.overview.domains}</h2>
                      {bars(o, (kind) => kind === "misused", t.overview.domains) ?? <p class="quiet">{t.overview.domainsEmpty}</p>}
                    </section>
                  )}
                  {o.forged_domains?.some((d) => d.kind !== "misused") && (
                    <section class="card" aria-labelledby="look-alikes">
                      <h2 id="look-alikes">{t.overview.lookAlikes}</h2>
                      {bars(o, (kind) => kind !== "misused", t.overview.lookAlikes)}
                    </section>
                  )}
                  {o.accounts && (
                    <section class="card" aria-labelledby="accounts">
                      <h2 id="accounts">{t.overview.accounts}</h2>
                      {o.accounts.length === 0 ? <p class="quiet">{t.overview.accountsEmpty}</p> : (
                        <Bars label={t.overview.accounts} bars={o.accounts.map((a) => ({
                          name: a.name, count: a.mails, part: a.forged, link: href(["mails"], { account: a.name, from: fromOf(o) }),
                          ...(a.forged ? { note: t.overview.accountForged(formatNumber(a.forged, lang)) } : {}),
                        }))} />
                      )}
                    </section>
                  )}
                  {o.health && <HealthPanel h={o.health} sight={o.sight} />}
                </div>
            )}
            {empty && o.health && <HealthPanel h={o.health} sight={o.sight} />}
          </div>
        </div>
      )}
    </>
  );
}
