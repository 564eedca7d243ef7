// What is known of one author domain.
import * as api from "../api";
import { ApiError } from "../api";
import { formatNumber, formatShare, formatTime } from "../format";
import { useLoad } from "../load";
import { periodOf } from "../filter";
import { useRoute } from "../location";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import type { ForgedGroup, History } from "../types";
import { visible } from "../visible";
import { Icon } from "../parts/icon";
import { RuleTable, TrustForms } from "../parts/rules";
import { Term } from "../parts/term";
import { Strip } from "../parts/strip";
import { Count, DateOf, Empty, Failure, Foreign, Heading, Skeleton } from "../parts/small";

type Steadiness = "always" | "almost" | "mostly" | "sometimes" | "rarely" | "none";

function steadinessWord(h: Pick<History, "steadiness" | "days">): Steadiness {
  if (h.days.length < 3) return "none";
  if (h.steadiness >= 0.98) return "always";
  if (h.steadiness >= 0.9) return "almost";
  if (h.steadiness >= 0.6) return "mostly";
  return h.steadiness >= 0.2 ? "sometimes" : "rarely";
}

function Known({ known }: { known: boolean }) {
  const t = useTexts();
  return (
    <span class={`badge tone-${known ? "genuine" : "new"}`}>
      <Icon name={known ? "genuine" : "new"} size={16} /> {known ? t.domain.known : t.domain.notKnown}
    </span>
  );
}

const shownWhole = 3; // histories; of more each is a line that opens

function OneHistory({ h, index, folded }: { h: History; index: number; folded: boolean }) {
  const t = useTexts();
  const heading = (
    <div class="row between">
      <h2 id={`history-${index}`}><bdi>{t.domain.history(visible(h.scope))}</bdi></h2>
      <Known known={h.known} />
    </div>
  );
  return folded ? (
    <details class="card" aria-labelledby={`history-${index}`}>
      <summary>{heading}</summary>
      <WhatIsKnown h={h} />
    </details>
  ) : (
    <section class="card" aria-labelledby={`history-${index}`}>
      {heading}
      <WhatIsKnown h={h} />
    </section>
  );
}

function WhatIsKnown({ h }: { h: History }) {
  const t = useTexts();
  const lang = useLanguage();
  return (
    <>
      <p>{t.domain.steadiness[steadinessWord(h)]}</p>
      <Term name="steadiness"><span class="quiet">{t.domain.steadinessNumber(formatShare(h.steadiness, lang))}</span></Term>
      <Strip days={h.days} />
      <h3>{t.domain.pairs}</h3>
      {h.pairs.length === 0 ? <p class="quiet">{t.domain.noPairs}</p> : (
        <table class="table cards">
          <caption class="sr">{t.domain.pairs}</caption>
          <thead>
            <tr>
              <th scope="col"><Term name="signer">{t.domain.signer}</Term></th>
              <th scope="col">{t.domain.state}</th>
              <th scope="col" class="number">{t.domain.mails}</th>
              <th scope="col" class="number">{t.domain.days}</th>
              <th scope="col">{t.domain.first}</th>
              <th scope="col">{t.domain.last}</th>
            </tr>
          </thead>
          <tbody>
            {h.pairs.map((p) => (
              <tr key={p.signer}>
                <th scope="row">
                  <Foreign text={p.signer.replace(/^spf:/, "")} />
                  {p.signer.startsWith("spf:") && <small>{t.domain.spf}</small>}
                </th>
                <td data-label={t.domain.state}><Known known={p.known} /></td>
                <td class="number" data-label={t.domain.mails}><Count n={p.mails} /></td>
                <td class="number" data-label={t.domain.days}><Count n={p.days} /></td>
                <td data-label={t.domain.first}><DateOf at={p.first} /></td>
                <td data-label={t.domain.last}><DateOf at={p.last} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="hint">{t.domain.knownWhen}</p>
    </>
  );
}

/** What was forged, before what is known. */
function Forged({ f }: { f: ForgedGroup }) {
  const t = useTexts();
  const lang = useLanguage();
  const n = formatNumber(f.mails, lang);
  return (
    <p class="notice tone-forged">
      <Icon name="forged" />
      <span>
        <strong><bdi>{f.kind === "misused" ? t.domain.misused(n) : f.like ? t.domain.lookAlike(visible(f.like), n) : t.domain.poses(n)}</bdi></strong>{" "}
        {t.wave.when(formatTime(f.first, lang), formatTime(f.last, lang))}
      </span>
      <a class="button button-small" href={href(["mails"], { verdict: "forged", domain: f.domain })}>{t.wave.see}</a>
    </p>
  );
}

export function DomainPage({ name, admin, account }: { name: string; admin: boolean; account: string }) {
  const t = useTexts();
  const { query } = useRoute();
  const seen = useLoad(`domain ${name}`, (signal) => api.getDomain(name, signal));
  const d = seen.data;
  const gone = seen.error instanceof ApiError && seen.error.status === 404;
  // Nobody should be led to trust what looks like somebody else.
  const poses = d?.forged != null && d.forged.kind !== "misused";
  const distrust = d !== null && !d.own && (!poses || d.histories.length > 0);
  const signers = [...new Set(d?.histories.flatMap((h) => h.pairs.map((p) => p.signer)) ?? [])];
  return (
    <>
      <p class="crumb smaller"><a href={href(["domains"], query)}><Icon name="back" size={16} /> {t.domains.title}</a></p>
      <Heading title={<Foreign text={name} />}>
        <a class="button" href={href(["mails"], { domain: name, ...periodOf(query) })}><Icon name="mails" size={18} /> {t.domain.seeMails}</a>
      </Heading>
      {gone ? <Empty icon="domains" title={t.domain.notFound} /> : seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!d ? (seen.busy ? <Skeleton lines={8} tall /> : null) : (
        <>
          {d.forged && <Forged f={d.forged} />}
          {d.histories.length === 0 && <Empty icon="domains" title={t.domain.noHistory} />}
          {d.histories.map((h, i) => <OneHistory key={h.scope} h={h} index={i} folded={d.histories.length > shownWhole} />)}
          <section class="card" aria-labelledby="domain-rules">
            <h2 id="domain-rules">{t.domain.rules}</h2>
            {d.rules.length === 0 ? <p class="quiet">{t.domain.noRules}</p> : <RuleTable rules={d.rules} mine={admin ? null : account} onGone={seen.again} />}
          </section>
          {(!poses || distrust) && <section class="card" aria-labelledby="domain-act">
            <h2 id="domain-act">{t.domain.act}</h2>
            <TrustForms domain={name} signers={signers} accounts={{ admin, account: admin ? "" : account }} mail={false} trust={!poses} distrust={distrust} onMade={seen.again} />
          </section>}
        </>
      )}
    </>
  );
}
