// The domains of one's own: all of them in a table, and all that one publishes.
import { useEffect, useMemo } from "preact/hooks";
import * as api from "../api";
import { ApiError } from "../api";
import { useLoad, useAction } from "../load";
import { replace, useRoute } from "../location";
import { foreignZone, formatDate, formatNumber, formatTime } from "../format";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import { sorted, type Columns } from "../sort";
import type { DomainReport, Grade, OwnChange, OwnDomain, OwnRow, SpfTerm } from "../types";
import { Icon, type IconName } from "../parts/icon";
import { ForgedStrip } from "../parts/strip";
import { SortHead } from "../parts/table";
import { Term } from "../parts/term";
import { Ago, Copy, Empty, errorText, Failure, Foreign, Heading, Skeleton, TimeOf } from "../parts/small";

const toneOf: Record<Grade, string> = { ok: "genuine", warn: "altered", bad: "forged", info: "unverified" };
const iconOf: Record<Grade, IconName> = { ok: "genuine", warn: "warn", bad: "forged", info: "unverified" };

function GradeBadge({ grade }: { grade: Grade | null }) {
  const t = useTexts();
  return (
    <span class={`badge tone-${grade ? toneOf[grade] : "unverified"}`}>
      <Icon name={grade ? iconOf[grade] : "unverified"} size={16} /> {grade ? t.own.grade[grade] : t.own.notYet}
    </span>
  );
}

function Policy({ policy }: { policy: string | null }) {
  const t = useTexts();
  return policy === null ? <span class="quiet">{t.own.noPolicy}</span> : <code>p={policy}</code>;
}

const worst: Record<Grade, number> = { ok: 0, info: 1, warn: 2, bad: 3 };
/** The worst first. */
const byWeight = <T extends { level: Grade }>(findings: readonly T[]): T[] => [...findings].sort((a, b) => worst[b.level] - worst[a.level]);
const strictness = ["none", "quarantine", "reject"];
const columns: Columns<OwnRow> = {
  domain: (d) => d.domain,
  grade: (d) => (d.grade ? worst[d.grade] : -1),
  policy: (d) => strictness.indexOf(d.policy ?? ""),
  change: (d) => d.last_change?.at ?? 0,
};

/** What to write into the settings file. */
function NoDomains({ likely }: { likely: readonly string[] }) {
  const t = useTexts();
  const lines = ["[domains]", `watch = [${(likely.length ? likely : ["example.jp"]).map((d) => JSON.stringify(d)).join(", ")}]`];
  return (
    <section class="card stack" aria-labelledby="own-none">
      <h2 id="own-none">{t.own.none}</h2>
      <p>{t.own.noneText}</p>
      <Lines lines={lines} label={t.own.copy} />
      {likely.length > 0 && <p class="hint">{t.own.likely}</p>}
    </section>
  );
}

/** Domains that nobody seems to use for mail: what to publish for all of them. */
function LooksParked({ rows }: { rows: readonly OwnRow[] }) {
  const t = useTexts();
  const found = rows.filter((d) => d.parked_lines.length > 0);
  if (found.length === 0) return null;
  return (
    <details class="card">
      <summary>{t.own.looksParked(found.length)}</summary>
      <div class="stack">
        <p>{t.own.parkedText}</p>
        <Lines lines={found.flatMap((d) => d.parked_lines)} label={t.own.copyAll} />
      </div>
    </details>
  );
}

function Rows({ rows, by }: { rows: readonly OwnRow[]; by: string }) {
  const t = useTexts();
  const onSort = (sort: string) => replace(["own"], { sort });
  return (
    <section class="card card-flush">
      <table class="table cards table-links own-list">
        <caption class="sr">{t.own.title}</caption>
        <thead>
          <tr>
            <SortHead column="domain" label={t.own.domain} by={by} onSort={onSort} />
            <SortHead column="grade" label={t.own.gradeHead} by={by} onSort={onSort} isNumber plain />
            <SortHead column="policy" label={t.own.policy} by={by} onSort={onSort} isNumber plain />
            <SortHead column="change" label={t.own.lastChange} by={by} onSort={onSort} isNumber plain />
          </tr>
        </thead>
        <tbody>
          {rows.map((d) => (
            <tr key={d.domain}>
              <th scope="row">
                <a href={href(["own", d.domain])}><Foreign text={d.domain} /></a>
                {d.silent_since !== null && <small class="is-forged block">{t.own.silent}</small>}
              </th>
              <td data-label={t.own.gradeHead}>
                <GradeBadge grade={d.grade} />
                {d.bad + d.warn > 0 && <small class="block">{t.own.counts(d.bad, d.warn)}</small>}
              </td>
              <td data-label={t.own.policy}><Policy policy={d.policy} />{d.parked && <small> {t.own.parked}</small>}</td>
              <td data-label={t.own.lastChange}>
                {d.last_change ? <><span class="smaller clamp"><Foreign text={d.last_change.text} /></span> <small><Ago at={d.last_change.at} /></small></> : <span class="quiet">{t.own.noChange}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function OwnDomainsPage() {
  const t = useTexts();
  const lang = useLanguage();
  const by = useRoute().query.sort ?? "";
  const seen = useLoad(`own ${lang}`, api.getOwnDomains);
  const domains = seen.data?.domains ?? [];
  const rows = useMemo(() => sorted(domains, columns, by, lang), [domains, by, lang]);
  const bad = domains.filter((d) => d.grade === "bad").length;
  return (
    <>
      <Heading title={t.own.title}>
        {domains.length > 0 && <p class="hint">{t.own.summary(formatNumber(domains.length, lang), formatNumber(bad, lang))}</p>}
      </Heading>
      <p class="lead">{t.own.intro}</p>
      <LooksParked rows={rows} />
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!seen.data ? (seen.busy ? <Skeleton lines={8} tall /> : null)
        : domains.length === 0 ? <NoDomains likely={seen.data.likely} />
        : <Rows rows={rows} by={by} />}
    </>
  );
}

function Findings({ report }: { report: DomainReport }) {
  const t = useTexts();
  return (
    <section class="card" aria-labelledby="own-findings">
      <h2 id="own-findings">{t.own.findings}</h2>
      {report.findings.length === 0 ? <p class="good"><Icon name="genuine" /> {t.own.noFindings}</p> : (
        <ul class="stack wide findings">
          {byWeight(report.findings).map((f) => (
            <li key={`${f.id} ${f.record} ${f.text}`} class="stack tight">
              <p class="row">
                <span class={`badge tone-${toneOf[f.level]}`}><Icon name={iconOf[f.level]} size={16} /> {t.own.level[f.level]}</span>
                <code class="smaller quiet"><Foreign text={`${f.id} · ${f.record}`} /></code>
              </p>
              <p><Foreign text={f.text} /></p>
              <p class="quiet"><Foreign text={f.remedy.split("\n")[0] ?? ""} /></p>
              {f.publish.length > 0 && <Lines lines={f.publish} label={t.own.copy} />}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Lines({ lines, label }: { lines: readonly string[]; label: string }) {
  const text = lines.join("\n");
  return (
    <div class="stack tight">
      <pre class="text text-wrap" tabIndex={0} lang="en">{lines.map((one, i) => <span key={i}><Foreign text={one} />{"\n"}</span>)}</pre>
      <p class="row"><Copy text={text + "\n"} label={label} /></p>
    </div>
  );
}

function Terms({ terms, more }: { terms: readonly SpfTerm[]; more: number | undefined }) {
  const t = useTexts();
  return (
    <ul class="tree">
      {terms.map((one, i) => (
        <li key={i}>
          <code><Foreign text={one.term} /></code>
          {one.lookups > 0 && <span class="badge tone-unverified">{t.own.lookups(one.lookups)}</span>}
          {one.note && <small class="is-forged"> <Foreign text={one.note} /></small>}
          {one.terms && <Terms terms={one.terms} more={one.more} />}
        </li>
      ))}
      {more ? <li><small>{t.own.moreTerms(more)}</small></li> : null}
    </ul>
  );
}

const lookupLimit = 10; // RFC 7208 4.6.4
const voidLimit = 2;

function Spf({ spf }: { spf: DomainReport["spf"] }) {
  const t = useTexts();
  const lang = useLanguage();
  const over = spf.lookups > lookupLimit;
  return (
    <section class="card stack" aria-labelledby="own-spf">
      <h2 id="own-spf"><Term name="spf">SPF</Term></h2>
      {spf.record === null ? <p class="quiet">{t.own.noRecord}</p> : (
        <>
          <p><code><Foreign text={spf.record} /></code></p>
          <div>
            <p class={over ? "is-forged" : ""}>{t.own.lookupSum(formatNumber(spf.lookups, lang), lookupLimit, !spf.complete)}</p>
            <span class="track meter-wide" aria-hidden="true"><i class={`tone-${over ? "forged" : "genuine"}`} style={{ width: `${Math.min(100, (100 * spf.lookups) / lookupLimit)}%` }} /></span>
            <p class="hint">{t.own.voidSum(formatNumber(spf.void_lookups, lang), voidLimit)}</p>
          </div>
          <Terms terms={spf.terms} more={spf.more} />
        </>
      )}
    </section>
  );
}

function Dkim({ keys }: { keys: DomainReport["dkim"] }) {
  const t = useTexts();
  const lang = useLanguage();
  return (
    <section class="card stack" aria-labelledby="own-dkim">
      <h2 id="own-dkim"><Term name="dkim">DKIM</Term></h2>
      {keys.length === 0 ? <p class="quiet">{t.own.noKeys}</p> : (
        <table class="table cards">
          <caption class="sr">{t.own.keys}</caption>
          <thead>
            <tr>
              <th scope="col">{t.own.selector}</th>
              <th scope="col">{t.own.key}</th>
              <th scope="col">{t.own.state}</th>
              <th scope="col">{t.own.since}</th>
            </tr>
          </thead>
          <tbody>
            {keys.map((k) => (
              <tr key={k.selector}>
                <th scope="row"><Foreign text={k.selector} /></th>
                <td data-label={t.own.key}>{k.type === null ? "–" : t.own.keyOf(k.type, k.bits ?? 0)}</td>
                <td data-label={t.own.state}>
                  {k.code === "ok" ? t.own.usable : <span class="is-forged"><Foreign text={k.words} /></span>}
                  {k.testing && <small class="block">{t.own.testing}</small>}
                </td>
                <td data-label={t.own.since}>{k.first_seen === null ? <span class="quiet">{t.own.unknown}</span> : formatDate(k.first_seen, lang)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="hint">{t.own.keysHint}</p>
    </section>
  );
}

function Dmarc({ dmarc }: { dmarc: DomainReport["dmarc"] }) {
  const t = useTexts();
  return (
    <section class="card stack" aria-labelledby="own-dmarc">
      <h2 id="own-dmarc"><Term name="dmarc">DMARC</Term></h2>
      {dmarc.record === null ? <p class="quiet">{t.own.noRecord}</p> : (
        <>
          <p><code><Foreign text={dmarc.record} /></code></p>
          <dl class="stack facts">
            <div><dt>{t.own.forDomain}</dt><dd><Policy policy={dmarc.policy} /></dd></div>
            <div><dt>{t.own.forSubdomains}</dt><dd><Policy policy={dmarc.subdomains} /></dd></div>
            <div><dt>{t.own.forNonexistent}</dt><dd><Policy policy={dmarc.nonexistent} /></dd></div>
            {dmarc.policy_domain && <div><dt>{t.own.recordOf}</dt><dd><Foreign text={dmarc.policy_domain} /></dd></div>}
            {dmarc.org_domain && <div><dt>{t.own.organization}</dt><dd><Foreign text={dmarc.org_domain} /></dd></div>}
          </dl>
        </>
      )}
    </section>
  );
}

function Mx({ report }: { report: DomainReport }) {
  const t = useTexts();
  return (
    <section class="card stack" aria-labelledby="own-mx">
      <h2 id="own-mx">MX</h2>
      {report.mx.length === 0 ? <p class="quiet">{t.own.noMx}</p> : (
        <ul class="stack">
          {report.mx.map((host) => (
            <li key={host.host}>
              <b>{host.preference}</b> <code><Foreign text={host.host} /></code>
              <ul class="tree">
                {host.addresses.map((a) => (
                  <li key={a.address}>
                    <code><Foreign text={a.address} /></code>{" "}
                    {a.confirmed === true ? <Foreign text={a.names.join(", ")} />
                      : a.confirmed === null ? <small>{t.own.unknown}</small>
                      : <span class="is-forged">{a.names.length === 0 ? t.own.noReverse : <>{t.own.notBack} <Foreign text={a.names.join(", ")} /></>}</span>}
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      )}
      <h3>{t.own.others}</h3>
      <dl class="stack facts facts-tight">
        {(["dnssec", "mta_sts", "tls_rpt", "bimi"] as const).map((name) => (
          <div key={name}><dt>{name.toUpperCase().replace("_", "-")}</dt><dd>{t.own.presence[report[name]]}</dd></div>
        ))}
      </dl>
    </section>
  );
}

/** Only what is known to hold is green. */
function Bulk({ report }: { report: DomainReport }) {
  const t = useTexts();
  const lang = useLanguage();
  const list = (who: "all" | "bulk") => (
    <ul class="stack tight">
      {report.google.filter((r) => r.senders === who).map((r) => (
        <li key={r.rule} class="row rule">
          <span class={`badge tone-${r.holds === null ? "unverified" : r.holds ? "genuine" : "forged"}`}>
            <Icon name={r.holds === null ? "unverified" : r.holds ? "genuine" : "forged"} size={16} /> {r.holds === null ? t.own.unknown : r.holds ? t.own.holds : t.own.holdsNot}
          </span>
          <span>{t.own.rule[r.rule] ?? r.rule}</span>
        </li>
      ))}
    </ul>
  );
  return (
    <section class="card stack" aria-labelledby="own-bulk">
      <h2 id="own-bulk">{t.own.bulk}</h2>
      <h3>{t.own.bulkAll}</h3>
      {list("all")}
      <h3>{t.own.bulkMany}</h3>
      {list("bulk")}
      <p class="hint">
        {report.arrived ? t.own.arrived(formatNumber(report.arrived.proven, lang), formatNumber(report.arrived.unproven, lang)) + " " : ""}{t.own.bulkHint}
      </p>
    </section>
  );
}

function Forgeries({ d }: { d: OwnDomain }) {
  const t = useTexts();
  const lang = useLanguage();
  const f = d.forged;
  return (
    <section class="card stack" aria-labelledby="own-forged">
      <div class="row between">
        <h2 id="own-forged">{t.own.forged}</h2>
        {f && f.days.length > 0 && <a class="button button-small" href={href(["mails"], { verdict: "forged", domain: d.domain })}>{t.wave.see}</a>}
      </div>
      {f === null ? <p class="quiet">{t.own.noHistory}</p>
        : f.days.length === 0 ? <p class="good"><Icon name="genuine" /> {t.own.noForged}</p>
        : <><p>{f.group ? t.own.forgedCount(formatNumber(f.group.mails, lang), formatDate(f.group.first, lang), formatDate(f.group.last, lang)) : null}</p><ForgedStrip first={f.from} last={f.to - 1} days={f.days} zone={foreignZone(f.zone, f.days)} /></>}
    </section>
  );
}

function Change({ c }: { c: OwnChange }) {
  const tone = c.what === "mended" || c.what === "answers" ? "genuine" : toneOf[c.level];
  return (
    <li class="stack tight">
      <span class="row tight">
        <span class={`result tone-${tone}`}><Icon name={tone === "genuine" ? "genuine" : iconOf[c.level]} size={16} /></span>
        <small><TimeOf at={c.at} /></small>
      </span>
      <span class="smaller"><Foreign text={c.text} /></span>
    </li>
  );
}

function Changes({ changes }: { changes: readonly OwnChange[] }) {
  const t = useTexts();
  return (
    <section class="card stack" aria-labelledby="own-changes">
      <h2 id="own-changes">{t.own.changes}</h2>
      {changes.length === 0 ? <p class="quiet">{t.own.noChange}</p> : <ol class="stack">{changes.map((c, i) => <Change key={i} c={c} />)}</ol>}
    </section>
  );
}

function Parked({ d }: { d: OwnDomain }) {
  const t = useTexts();
  return (
    <section class="card" aria-labelledby="own-parked">
      <h2 id="own-parked">{t.own.parkedTitle}</h2>
      <details>
        <summary>{t.own.parkedShow}</summary>
        <div class="stack">
          <p>{t.own.parkedText}</p>
          <Lines lines={d.parked_lines} label={t.own.copyAll} />
        </div>
      </details>
    </section>
  );
}

const pollEvery = 1500; // ms

export function OwnDomainPage({ name }: { name: string }) {
  const t = useTexts();
  const lang = useLanguage();
  const seen = useLoad(`own ${name} ${lang}`, (signal) => api.getOwnDomain(name, signal));
  const check = useAction();
  const d = seen.data;
  const waits = d?.checking === true || (d !== null && d.report === null && d.checked === null);
  useEffect(() => {
    if (!waits || seen.busy) return;
    const timer = setTimeout(seen.again, pollEvery);
    return () => clearTimeout(timer);
  }, [waits, seen.busy, seen.again]);
  const now = () => check.run(async () => {
    await api.checkOwnDomain(name);
    seen.again();
  });
  const gone = seen.error instanceof ApiError && seen.error.status === 404;
  return (
    <>
      <p class="crumb smaller"><a href={href(["own"])}><Icon name="back" size={16} /> {t.own.title}</a></p>
      <Heading title={<Foreign text={name} />}>
        {d && (
          <div class="row">
            <a class="button" href={href(["reports"], { domain: name })}><Icon name="reports" size={18} /> {t.sending.title}</a>
            <button type="button" class="button" disabled={check.busy || d.checking} onClick={() => void now()}><Icon name="search" size={18} /> {d.checking ? t.own.checking : t.own.checkNow}</button>
          </div>
        )}
      </Heading>
      {gone ? <Empty icon="own" title={t.own.notWatched} /> : seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {check.error ? <p class="form-error" role="alert">{errorText(check.error, t)}</p> : null}
      {!d ? (seen.busy ? <Skeleton lines={8} tall /> : null) : (
        <>
          <p class="row" role="status">
            <GradeBadge grade={d.grade} />
            {d.parked && <span class="badge tone-unverified">{t.own.parked}</span>}
            <Policy policy={d.policy} />
            {d.checked !== null && <span class="hint">{t.own.checked} <Ago at={d.checked} /></span>}
            <span class="hint">{t.own.cached}</span>
          </p>
          {d.silent_since !== null && <p class="notice tone-altered"><Icon name="warn" /> <span>{t.own.silentSince(formatTime(d.silent_since, lang))}</span></p>}
          {d.report === null ? <p class="quiet">{t.own.noReport}</p> : (
            <>
              <Findings report={d.report} />
              <Changes changes={d.changes} />
              <Dkim keys={d.report.dkim} />
              <div class="columns wide">
                <Spf spf={d.report.spf} />
                <Dmarc dmarc={d.report.dmarc} />
                <Mx report={d.report} />
                <Bulk report={d.report} />
                <Forgeries d={d} />
              </div>
            </>
          )}
          {d.report === null && <><Changes changes={d.changes} /><Forgeries d={d} /></>}
          {!d.parked && <Parked d={d} />}
        </>
      )}
    </>
  );
}
