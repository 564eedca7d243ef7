// Who sends as our domains, by the reports of other hosts, beside what came to our own mailboxes.
import { useState } from "preact/hooks";
import * as api from "../api";
import { csvTime } from "../csv";
import { daysOfUtc } from "../days";
import { daysInLinks, formatDate, formatDay, formatNumber, formatShare } from "../format";
import { useLoad } from "../load";
import { go, useRoute } from "../location";
import { usePaged } from "../paged";
import { useLanguage, useTexts } from "../preferences";
import { barsOf, sumsOf, type Bar, type Sums } from "../reported";
import { href } from "../route";
import { save } from "../save";
import type { Texts } from "../i18n";
import type { Sending, SendingGroup, SendingMark, SendingPlan, SendingSource, SendingSums } from "../types";
import { visible } from "../visible";
import { Icon } from "../parts/icon";
import { Count, DateOf, Empty, Failure, Foreign, Heading, More, Segments, Skeleton } from "../parts/small";
import { adviceOf, LeaveOut, OtherMarks, Plan, planTone, Undo, Whose } from "../parts/sending-plan";
import { CsvButton } from "../parts/table";

const periods = ["7", "28", "84", "365"] as const;
type Period = (typeof periods)[number];
const isPeriod = (text: string | undefined): text is Period => periods.some((p) => p === text);

interface Asked {
  domain: string;
  period: Period;
}

function useAsked(): Asked {
  const { query } = useRoute();
  return { domain: query.domain ?? "", period: isPeriod(query.days) ? query.days : "28" };
}

const queryOf = (a: Asked): Record<string, string> => ({ domain: a.domain, days: a.period === "28" ? "" : a.period });

// ----------------------------------------------------------------- chart

const kinds = ["passed", "forwarded", "stopped", "failed"] as const;
const toneOf = { passed: "tone-genuine", forwarded: "tone-altered", stopped: "tone-unverified", failed: "tone-forged" } as const;

/** Stacked from below; in a box of 100 by 100 that is drawn out. */
function Columns({ bars, most, parts }: { bars: readonly Bar[]; most: number; parts: (s: Sums) => readonly (readonly [number, string])[] }) {
  const width = 100 / Math.max(1, bars.length);
  return (
    <>
      {bars.map((b, i) => {
        let top = 100;
        return parts(b.sums).map(([n, tone], k) => {
          if (n === 0) return null;
          const height = Math.max(1.5, (100 * n) / most);
          top = Math.max(0, top - height);
          return <rect key={k} class={`report-bar ${tone}`} x={i * width + width * 0.12} y={top} width={width * 0.76} height={height} />;
        });
      })}
    </>
  );
}

function Chart({ s, all }: { s: Sending; all: Sums }) {
  const t = useTexts();
  const lang = useLanguage();
  const bars = barsOf(s);
  const title = (bars[bars.length - 1]?.days ?? 1) > 1 ? t.sending.chartWeeks : t.sending.chart;
  const most = Math.max(1, ...bars.map((b) => b.sums.mails));
  const mostForged = Math.max(1, ...bars.map((b) => b.sums.forged_here));
  return (
    <section class="card stack" aria-labelledby="sending-chart">
      <h2 id="sending-chart">{title}</h2>
      <div class="reported-chart" aria-hidden="true">
        <span class="hint">{formatNumber(most, lang)}</span>
        <svg class="report-bars" viewBox="0 0 100 100" preserveAspectRatio="none">
          <Columns bars={bars} most={most} parts={(d) => kinds.map((k) => [d[k], toneOf[k]] as const)} />
        </svg>
        {all.forged_here > 0 && (
          <>
            <span class="hint">{t.sending.forgedChart}{t.colon}{formatNumber(mostForged, lang)}</span>
            <svg class="report-bars report-bars-low" viewBox="0 0 100 100" preserveAspectRatio="none">
              <Columns bars={bars} most={mostForged} parts={(d) => [[d.forged_here, "tone-forged"]]} />
            </svg>
          </>
        )}
        <div class="row between hint"><span>{formatDay(s.from, lang)}</span><span>{formatDay(s.to - 1, lang)}</span></div>
      </div>
      <ul class="row readout">
        {kinds.map((k) => (
          <li key={k} class="legend"><i class={`swatch ${toneOf[k]}`} /> {t.sending[k]} <b>{formatNumber(all[k], lang)}</b></li>
        ))}
      </ul>
      <details>
        <summary>{t.sending.asTable}</summary>
        <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="sending-chart">
          <table class="table">
            <caption class="sr">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{t.sending.day}</th>
                {kinds.map((k) => <th key={k} scope="col" class="number">{t.sending[k]}</th>)}
                <th scope="col" class="number">{t.sending.forgedHere}</th>
              </tr>
            </thead>
            <tbody>
              {bars.slice().reverse().map((b) => (
                <tr key={b.day}>
                  <th scope="row">{formatDay(b.day, lang)}</th>
                  {kinds.map((k) => <td key={k} class="number">{formatNumber(b.sums[k], lang)}</td>)}
                  <td class="number">{formatNumber(b.sums.forged_here, lang)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

// --------------------------------------------------------------- senders

function Headline({ all, plan }: { all: Sums; plan: SendingPlan | null }) {
  const t = useTexts();
  const lang = useLanguage();
  const tone = plan ? planTone(plan) : "unverified";
  return (
    <div class={`headline tone-${tone}`}>
      <Icon name={tone} size={28} />
      <p>
        {t.sending.head(formatNumber(all.passed, lang), formatNumber(all.mails, lang))}{" "}
        {plan && <span class="smaller headline-more">{plan.text}</span>}
      </p>
    </div>
  );
}

function Figures({ s, all }: { s: Sending; all: Sums }) {
  const t = useTexts();
  const lang = useLanguage();
  return (
    <dl class="card card-flush figures">
      <div class="figure">
        <dt>{t.sending.mails}</dt>
        <dd><b><Count n={all.mails} /></b><small>{t.sending.by(formatNumber(s.reports, lang), s.reports, formatNumber(s.reporters, lang), s.reporters)}</small></dd>
      </div>
      <div class="figure">
        <dt>{t.sending.passes}</dt>
        <dd><b>{all.mails === 0 ? "–" : formatShare(all.passed / all.mails, lang)}</b><small><bdi>{t.sending.policy(visible(s.policy))}</bdi></small></dd>
      </div>
      <div class="figure">
        <dt>{t.sending.wouldStop}</dt>
        <dd><b><Count n={all.mails - all.passed} /></b><small>{t.sending.wouldStopHelp(formatNumber(all.stopped, lang), formatNumber(all.forwarded, lang))}</small></dd>
      </div>
      <div class="figure">
        <dt>{t.sending.forgedHere}</dt>
        <dd>
          <b class={all.forged_here ? "is-forged" : ""}><Count n={all.forged_here} /></b>
          <small>{all.forged_here > 0
            ? <a href={href(["mails"], { verdict: "forged", domain: s.domain, from: daysInLinks(daysOfUtc(s.from, s.to - 1)).from })}>{t.sending.seeForged}</a>
            : t.sending.forgedHereHelp}</small>
        </dd>
      </div>
    </dl>
  );
}

function Addresses({ list, asked }: { list: readonly SendingSource[]; asked: Asked }) {
  const t = useTexts();
  const lang = useLanguage();
  return (
    <table class="table cards">
      <caption class="sr">{t.sending.address}</caption>
      <thead>
        <tr>
          <th scope="col">{t.sending.address}</th>
          <th scope="col" class="number">{t.sending.count}</th>
          <th scope="col" class="number">{t.sending.dkim}</th>
          <th scope="col" class="number">{t.sending.spf}</th>
          <th scope="col" class="number">{t.sending.failedShort}</th>
          <th scope="col">{t.sending.last}</th>
        </tr>
      </thead>
      <tbody>
        {list.map((a) => (
          <tr key={a.address}>
            <th scope="row">
              <a href={href(["reports", "source"], { ...queryOf(asked), address: a.address })}>{a.address ? <Foreign text={a.address} /> : t.sending.noName}</a>
              {a.name && <small> <Foreign text={a.name} /></small>}
            </th>
            <td class="number" data-label={t.sending.count}>{formatNumber(a.mails, lang)}</td>
            <td class="number" data-label={t.sending.dkim}>{formatNumber(a.dkim, lang)}</td>
            <td class="number" data-label={t.sending.spf}>{formatNumber(a.spf, lang)}</td>
            <td class="number" data-label={t.sending.failedShort}>{formatNumber(a.mails - a.passed, lang)}</td>
            <td data-label={t.sending.last}>{formatDate(a.last, lang)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sender({ g, asked, onMarked }: { g: SendingGroup; asked: Asked; onMarked: (before: SendingMark) => void }) {
  const t = useTexts();
  const lang = useLanguage();
  const { text, tone } = adviceOf(g, t);
  return (
    <li class="card stack tight sender">
      <div class="row between">
        <h3>{g.name ? <Foreign text={g.name} /> : t.sending.noName}{g.service && <small> {t.sending.service}</small>}</h3>
        <span class="nowrap"><b>{t.sending.pass(formatNumber(g.passed, lang), formatNumber(g.mails, lang))}</b></span>
      </div>
      <span class="track" aria-hidden="true">
        {g.passed < g.mails && <i class="tone-forged" style={{ width: "100%" }} />}
        <i class="tone-genuine" style={{ width: `${(100 * g.passed) / Math.max(1, g.mails)}%` }} />
      </span>
      <p class={`step tone-${tone}`}><Icon name={tone} size={16} /> <span>{text}</span></p>
      <Whose key={`${g.mark?.owner} ${g.mark?.note}`} g={g} domain={asked.domain} onDone={onMarked} />
      <details>
        <summary>{t.sending.addresses(g.all_sources)}{t.listSeparator}{t.sending.seen(formatDate(g.first, lang), formatDate(g.last, lang))}</summary>
        <Addresses list={g.sources} asked={asked} />
        {g.all_sources > g.sources.length && (
          <p><a href={href(["reports", "group"], { ...queryOf(asked), name: g.name })}>{t.sending.allAddresses(g.all_sources)}</a></p>
        )}
      </details>
    </li>
  );
}

function Tabs({ at, asked }: { at: "" | "list"; asked: Asked }) {
  const t = useTexts();
  return (
    <nav class="tabs" aria-label={t.sending.tabs}>
      <a class="quiet" href={href(["reports"], queryOf(asked))} aria-current={at === "" ? "page" : undefined}>{t.sending.tabSenders}</a>
      <a class="quiet" href={href(["reports", "list"], queryOf(asked))} aria-current={at === "list" ? "page" : undefined}>{t.sending.tabReports}</a>
    </nav>
  );
}

function Pick({ s, asked, part }: { s: Sending; asked: Asked; part: string }) {
  const t = useTexts();
  const path = part ? ["reports", part] : ["reports"];
  return (
    <div class="row">
      <label class="row tight">
        <span>{t.sending.domain}</span>
        <select value={s.domain} onChange={(e) => go(path, { ...queryOf(asked), domain: e.currentTarget.value })}>
          {s.domains.every((d) => d.name !== s.domain) && <option value={s.domain}>{visible(s.domain)}</option>}
          {s.domains.map((d) => <option key={d.name} value={d.name}>{visible(d.name)}{d.proven ? "" : ` (${t.sending.notProven})`}</option>)}
        </select>
      </label>
      <Segments legend={t.sending.period} hideLegend name="period" value={asked.period} onPick={(p) => go(path, { ...queryOf(asked), days: p === "28" ? "" : p })}
        options={periods.map((p) => ({ value: p, label: t.sending.days(Number(p)) }))} />
    </div>
  );
}

function Senders({ s, asked, again }: { s: Sending; asked: Asked; again: () => void }) {
  const t = useTexts();
  const lang = useLanguage();
  const plan = useLoad(`plan ${s.domain}`, (signal) => api.getSendingPlan(s.domain, signal));
  const [before, setBefore] = useState<{ domain: string; mark: SendingMark } | null>(null);
  const reload = (said: SendingMark | null) => {
    setBefore(said && { domain: s.domain, mark: said });
    again();
    plan.again();
  };
  const all = sumsOf(s.days);
  const here = { ...asked, domain: s.domain };
  return (
    <>
      {s.reports === 0 && all.mails === 0 ? <p class="lead">{t.sending.emptyPeriod}</p> : <Headline all={all} plan={plan.data} />}
      <Figures s={s} all={all} />
      {plan.error ? <Failure error={plan.error} again={plan.again} /> : plan.data ? <Plan p={plan.data} /> : <Skeleton lines={5} />}
      <Chart s={s} all={all} />
      {s.unproven.reports > 0 && (
        <p class="notice tone-unverified">
          <Icon name="unverified" />
          <span>{t.sending.unproven(s.unproven.reports, formatNumber(s.unproven.mails, lang))} <a href={href(["reports", "list"], queryOf(here))}>{t.sending.seeReports}</a></span>
        </p>
      )}
      {s.ignored.length > 0 && (
        <p class="notice tone-unverified">
          <Icon name="unverified" />
          <span>{t.plan.leftOut(s.ignored.length)} <a href={href(["reports", "list"], queryOf(here))}>{t.sending.seeReports}</a></span>
        </p>
      )}
      {s.groups.length > 0 && (
        <section class="stack" aria-labelledby="senders">
          <h2 id="senders">{t.sending.senders}</h2>
          {before && before.domain === s.domain && <Undo domain={s.domain} before={before.mark} onDone={() => reload(null)} />}
          <ul class="stack">{s.groups.map((g) => <Sender key={g.name} g={g} asked={here} onMarked={reload} />)}</ul>
          {s.all_groups > s.groups.length && <p class="hint">{t.sending.moreSenders(s.all_groups - s.groups.length)}</p>}
          {s.others.mails > 0 && <p class="hint">{t.sending.others(formatNumber(s.others.mails, lang))}</p>}
        </section>
      )}
      <OtherMarks marks={s.marks} domain={s.domain} onDone={() => reload(null)} />
    </>
  );
}

const sumNames = ["mails", "passed", "dkim", "spf", "forwarded", "stopped"] as const;

/** A row for addresses that the file leaves out: its sums are those of the whole. */
function restRow(sender: string, all: SendingSums, listed: readonly SendingSums[]): (string | number)[] | null {
  const rest = sumNames.map((k) => listed.reduce((left, a) => left - a[k], all[k]));
  return rest[0] === 0 ? null : [sender, "", "", ...rest, "", "", "", "", "", "", ""];
}

/** All addresses, as the file has them. */
async function addressesOf(s: Sending, days: number, t: Texts): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = [];
  for (const g of s.groups) {
    const whole = g.all_sources > g.sources.length ? await api.getSendingGroup(s.domain, days, g.name) : g;
    for (const a of whole.sources)
      rows.push([g.name, a.address, a.name, a.mails, a.passed, a.dkim, a.spf, a.forwarded, a.stopped, a.signer, a.sender, csvTime(a.first), csvTime(a.last), g.step, g.owner, g.mark?.note ?? ""]);
    const rest = restRow(`${g.name} ${t.sending.moreAddresses(whole.all_sources - whole.sources.length)}`, whole, whole.sources);
    if (rest) rows.push(rest);
  }
  const others = restRow(t.sending.allOthers, s.others, []);
  if (others) rows.push(others);
  return rows;
}

const csvHead = ["sender", "address", "name", "mails", "passed", "dkim", "spf", "forwarded", "stopped", "signer", "return_path", "first", "last", "step", "owner", "note"];

function Ignored({ s, again }: { s: Sending; again: () => void }) {
  const t = useTexts();
  if (s.ignored.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="left-out">
      <h2 id="left-out">{t.plan.leftOutTitle}</h2>
      <p class="hint">{t.plan.leftOutHelp}</p>
      <ul class="stack tight">
        {s.ignored.map((r) => (
          <li key={r.author} class="row between">
            <span><b><Foreign text={r.author} /></b> <small>{t.plan.keptReports(r.reports)}</small></span>
            <LeaveOut author={r.author} ignored onDone={again} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ReportTable({ s, asked, again }: { s: Sending; asked: Asked; again: () => void }) {
  const t = useTexts();
  const lang = useLanguage();
  const days = Number(asked.period);
  const list = usePaged(`${s.domain} ${days} ${s.ignored.map((r) => r.author).join(" ")}`, false, (offset, signal) => api.getKeptReports(s.domain, days, offset, signal).then((p) => ({ rows: p.reports, next: p.next })));
  return (
    <>
      <Ignored s={s} again={again} />
      {list.error ? <Failure error={list.error} again={list.again} /> : null}
      {list.rows === null ? (list.busy ? <Skeleton lines={8} tall /> : null)
        : list.rows.length === 0 ? <Empty icon="reports" title={t.sending.emptyPeriod} />
        : (
          <section class="card card-flush" aria-busy={list.busy}>
            <table class="table cards">
              <caption class="sr">{t.sending.list}</caption>
              <thead>
                <tr>
                  <th scope="col">{t.sending.reporter}</th>
                  <th scope="col">{t.sending.date}</th>
                  <th scope="col" class="number">{t.sending.count}</th>
                  <th scope="col" class="number">{t.sending.failedShort}</th>
                  <th scope="col">{t.sending.warnings}</th>
                  <th scope="col">{t.sending.taken}</th>
                  <th scope="col">{t.plan.counts}</th>
                </tr>
              </thead>
              <tbody>
                {list.rows.map((r) => (
                  <tr key={`${r.org} ${r.author} ${r.id}`}>
                    <th scope="row">
                      <Foreign text={r.author || r.org} /> <small>{t.sending.kind[r.kind] ?? r.kind}</small>
                      {!r.proven && <> <span class="badge tone-unverified"><Icon name="unverified" size={16} /> {t.sending.notProven}</span></>}
                      {r.ignored && <> <span class="badge tone-unverified">{t.plan.ignored}</span></>}
                    </th>
                    <td data-label={t.sending.date}><DateOf at={r.first} /></td>
                    <td class="number" data-label={t.sending.count}>{formatNumber(r.mails, lang)}</td>
                    <td class="number" data-label={t.sending.failedShort}>{formatNumber(r.failed, lang)}</td>
                    <td data-label={t.sending.warnings}>{r.faults ? <Foreign text={r.faults} /> : "–"}</td>
                    <td data-label={t.sending.taken}><DateOf at={r.taken} /></td>
                    <td data-label={t.plan.counts}>{r.author ? <LeaveOut author={r.author} ignored={r.ignored} onDone={again} /> : "–"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      {list.next !== null && <More busy={list.busy} label={t.sending.more} onMore={list.more} />}
    </>
  );
}

function Main({ part }: { part: "" | "list" }) {
  const t = useTexts();
  const asked = useAsked();
  const days = Number(asked.period);
  const seen = useLoad(`sending ${asked.domain} ${days}`, (signal) => api.getSending(asked.domain, days, signal));
  const s = seen.data;
  return (
    <>
      <Heading title={t.sending.title}>
        {s && s.groups.length > 0 && (
          <div class="row">
            <CsvButton name={`mekiki-senders-${s.domain}`} head={csvHead} rows={() => addressesOf(s, days, t)} />
            <button type="button" class="button button-small" onClick={() => save(`mekiki-senders-${s.domain}.json`, JSON.stringify(s, null, 1) + "\n", "application/json")}>
              <Icon name="down" size={16} /> {t.sending.json}
            </button>
          </div>
        )}
      </Heading>
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!s ? (seen.busy ? <Skeleton lines={8} tall /> : null)
        : !s.domain ? <Empty icon="reports" title={t.sending.empty}>{t.sending.emptyText}</Empty>
        : (
          <>
            <Tabs at={part} asked={{ ...asked, domain: s.domain }} />
            <Pick s={s} asked={asked} part={part} />
            {part === "list" ? <ReportTable s={s} asked={asked} again={seen.again} /> : <Senders s={s} asked={asked} again={seen.again} />}
          </>
        )}
    </>
  );
}

// ------------------------------------------------------------ drill down

function Back({ asked }: { asked: Asked }) {
  const t = useTexts();
  return <p><a class="row tight" href={href(["reports"], queryOf(asked))}><Icon name="back" size={16} /> {t.sending.back}</a></p>;
}

function GroupPage() {
  const t = useTexts();
  const asked = useAsked();
  const name = useRoute().query.name ?? "";
  const days = Number(asked.period);
  const seen = useLoad(`group ${asked.domain} ${days} ${name}`, (signal) => api.getSendingGroup(asked.domain, days, name, signal));
  return (
    <>
      <Back asked={asked} />
      <Heading title={name ? <Foreign text={name} /> : t.sending.noName} />
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!seen.data ? (seen.busy ? <Skeleton lines={8} tall /> : null) : (
        <>
          <p class="lead">{adviceOf(seen.data, t).text}</p>
          <section class="card card-flush"><Addresses list={seen.data.sources} asked={asked} /></section>
        </>
      )}
    </>
  );
}

/** "domain selector result", a line each. */
const resultsOf = (text: string): string[][] => text.split("\n").filter(Boolean).map((line) => line.split(" "));

function SourcePage() {
  const t = useTexts();
  const lang = useLanguage();
  const asked = useAsked();
  const address = useRoute().query.address ?? "";
  const days = Number(asked.period);
  const seen = useLoad(`source ${asked.domain} ${days} ${address}`, (signal) => api.getSendingSource(asked.domain, days, address, signal));
  const source = seen.data?.source;
  return (
    <>
      <Back asked={asked} />
      <Heading title={address ? <Foreign text={address} /> : t.sending.noName} />
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!source ? (seen.busy ? <Skeleton lines={8} tall /> : null) : (
        <>
          <section class="card">
            <dl class="stack facts">
              <div><dt>{t.sending.name}</dt><dd>{source.name ? <Foreign text={source.name} /> : "–"}</dd></div>
              <div><dt>{t.sending.spfRecord}</dt><dd>{source.covered ? <bdi>{t.sending.covered(visible(source.covered))}</bdi> : t.sending.notCovered}</dd></div>
              <div><dt>{t.sending.result}</dt><dd>{t.sending.pass(formatNumber(source.passed, lang), formatNumber(source.mails, lang))}</dd></div>
              {source.first > 0 && <div><dt>{t.sending.first}</dt><dd>{formatDate(source.first, lang)}</dd></div>}
              {source.last > 0 && <div><dt>{t.sending.last}</dt><dd>{formatDate(source.last, lang)}</dd></div>}
            </dl>
          </section>
          <h2 id="source-rows">{t.sending.rows}</h2>
          {seen.data?.rows.length === 0 ? <p>{t.sending.noRows}</p> : (
            <section class="card card-flush" aria-labelledby="source-rows">
              <table class="table cards">
                <caption class="sr">{t.sending.rows}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t.sending.reporter}</th>
                    <th scope="col">{t.sending.date}</th>
                    <th scope="col" class="number">{t.sending.count}</th>
                    <th scope="col">{t.sending.result}</th>
                    <th scope="col">{t.sending.signedBy}</th>
                    <th scope="col">{t.sending.returnPath}</th>
                  </tr>
                </thead>
                <tbody>
                  {seen.data?.rows.map((r, i) => (
                    <tr key={i}>
                      <th scope="row">
                        <Foreign text={r.author || r.org} />
                        {r.kind !== "aggregate" && <small> {t.sending.kind[r.kind] ?? r.kind}</small>}
                        {!r.proven && <> <span class="badge tone-unverified"><Icon name="unverified" size={16} /> {t.sending.notProven}</span></>}
                        {r.ignored && <> <span class="badge tone-unverified">{t.plan.ignored}</span></>}
                      </th>
                      <td data-label={t.sending.date}>{formatDate(r.first, lang)}</td>
                      <td class="number" data-label={t.sending.count}>{formatNumber(r.mails, lang)}</td>
                      <td data-label={t.sending.result}>
                        {t.sending.aligned(r.dkim, r.spf)}{t.listSeparator}{t.sending.disposition[r.disposition]}
                        {r.note && <small> <Foreign text={r.note} /></small>}
                      </td>
                      <td data-label={t.sending.signedBy}>
                        {resultsOf(r.dkim_results).map(([d = "", selector = "", result = ""], k) => <div key={k}><bdi>{t.sending.selector(visible(d), visible(selector), visible(result))}</bdi></div>)}
                        {r.dkim_results === "" && "–"}
                      </td>
                      <td data-label={t.sending.returnPath}>
                        {r.envelope_from ? <Foreign text={r.envelope_from} /> : resultsOf(r.spf_results).map(([d = ""], k) => <div key={k}><Foreign text={d} /></div>)}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          )}
        </>
      )}
    </>
  );
}

export function ReportsPage({ part }: { part: string }) {
  if (part === "source") return <SourcePage />;
  if (part === "group") return <GroupPage />;
  return <Main part={part === "list" ? "list" : ""} />;
}
