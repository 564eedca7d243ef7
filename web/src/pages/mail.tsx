// One mail: the verdict, what to do, and what it rests on.
import * as api from "../api";
import { ApiError } from "../api";
import { formatDate } from "../format";
import { wasJudgedAgain } from "../judged";
import { doesNotFit } from "../fit";
import { isOpen, periodOf, readFilter } from "../filter";
import { useLoad } from "../load";
import { useRoute } from "../location";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import { passedElsewhere, signersOf, unfitSigner } from "../signers";
import { visible, visibleLines } from "../visible";
import type { MailStory, Result } from "../types";
import { Icon } from "../parts/icon";
import { MailFeedback } from "../parts/feedback";
import { TrustForms } from "../parts/rules";
import { isTerm, Term } from "../parts/term";
import { isUnseen, wayText } from "../way";
import { Account, Ago, Copy, Empty, Failure, Foreign, Heading, Skeleton, TimeOf } from "../parts/small";

function tone(result: string): string {
  if (result === "pass") return "genuine";
  if (result === "fail" || result === "hardfail" || result === "permerror" || result === "discard") return "forged";
  return result === "softfail" || result === "temperror" || result === "policy" ? "altered" : "unverified";
}

function Check({ r, author }: { r: Result; author: string }) {
  const t = useTexts();
  const elsewhere = passedElsewhere(r, author);
  const colour = elsewhere ? "unverified" : tone(r.result) as "genuine" | "forged" | "altered" | "unverified";
  return (
    <tr>
      <th scope="row" data-label={t.mail.check}>
        {isTerm(r.method, t) ? <Term name={r.method}>{r.method.toUpperCase()}</Term> : r.method.toUpperCase()}
        <small>{t.method[r.method]}</small>
      </th>
      <td data-label={t.mail.result}>
        <span class={`result tone-${colour}`}><Icon name={colour} size={16} /> {t.result[r.result] ?? r.result} <code>{r.result}</code></span>
        {elsewhere && <small class="elsewhere"><bdi>{t.mail.passedElsewhere(visible(elsewhere), visible(author))}</bdi></small>}
      </td>
      <td data-label={t.mail.about}>
        {r.reason && <p class="reason"><Foreign text={r.reason} /></p>}
        <dl class="stack properties">
          {r.properties.map((p, i) => (
            <div key={i}>
              <dt title={p.name}>{t.property[p.name] ?? p.name}</dt>
              <dd><Foreign text={p.value} /></dd>
            </div>
          ))}
        </dl>
      </td>
    </tr>
  );
}

function Facts({ m }: { m: MailStory }) {
  const t = useTexts();
  const period = periodOf(useRoute().query);
  const notShown = <span class="quiet">{m.for_user ? t.mail.forUser : t.mail.notKept}</span>;
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">{t.mail.facts}</h2>
      <dl class="stack facts">
        <div><dt>{t.mail.author}</dt><dd>{m.author === null ? notShown : <Foreign text={m.author} />}</dd></div>
        <div>
          <dt><Term name="author">{t.mail.authorDomain}</Term></dt>
          <dd>{m.author_domain ? <a href={href(["domain", m.author_domain], period)}><Foreign text={m.author_domain} /></a> : "–"}</dd>
        </div>
        <div><dt>{t.mail.subject}</dt><dd>{m.subject === null ? notShown : <Foreign text={m.subject} />}</dd></div>
        <div><dt>{t.mail.account}</dt><dd><a href={href(["mails"], { account: m.account, ...period })}><Account name={m.account} /></a></dd></div>
        <div><dt>{t.mail.fetched}</dt><dd><TimeOf at={m.fetched} /> · <Ago at={m.fetched} /></dd></div>
        <div><dt><Term name="dmarc">{t.mail.policy}</Term></dt><dd>{m.policy ? (t.mail.policies[m.policy] ?? m.policy) : t.mail.noPolicy}</dd></div>
        <div><dt>{t.mail.code}</dt><dd><code>{m.code}</code></dd></div>
        <div><dt><Term name="uidl">{t.mail.uidl}</Term></dt><dd><code><Foreign text={m.uidl} /></code></dd></div>
      </dl>
    </section>
  );
}

/** Rules are about mail that is proven: on others they do nothing. */
const isProven = (m: MailStory): boolean => m.verdict === "new" || ((m.verdict === "genuine" || m.verdict === "altered") && !m.own_domain);

function Story({ m, admin, account, again }: { m: MailStory; admin: boolean; account: string; again: () => void }) {
  const t = useTexts();
  const lang = useLanguage();
  // The sentence is about the policy, and this says more.
  const unfit = m.code === "dmarc-fail" && m.text_of === "" ? unfitSigner(m.results, m.author_domain) : "";
  return (
    <>
      <section class={`verdict tone-${m.verdict}`} aria-labelledby="verdict">
        <Icon name={m.verdict} size={44} />
        <div>
          <h2 id="verdict">{t.verdict[m.verdict]}</h2>
          {doesNotFit(m) && <p class="unfit"><Icon name="warn" size={16} /> {t.mails.unfit}</p>}
          <p class="verdict-sentence">{m.sentence}{unfit && <> <bdi>{t.mail.unfitBesides(visible(unfit))}</bdi></>}</p>
          <p class="smaller verdict-meaning">{t.verdictMeaning[m.verdict]}</p>
          {isUnseen(m) && <p class="smaller">{t.mail.notAccused(wayText(m, t))}</p>}
          {wasJudgedAgain(m) && <p class="smaller">{t.mail.judgedAgain}</p>}
          {m.fetched < m.rules_since && <p class="smaller">{t.mail.earlierRules(formatDate(m.rules_since, lang))}</p>}
        </div>
      </section>
      <div class="columns wide">
        <section class="card" aria-labelledby="advice">
          <h2 id="advice">{t.mail.whatToDo}</h2>
          <ul class="stack advice">{(doesNotFit(m) ? t.adviceUnfit : t.advice[m.verdict]).map((a, i) => <li key={i}>{a}</li>)}</ul>
        </section>
        <Facts m={m} />
      </div>
      <section class="card" aria-labelledby="checks">
        <h2 id="checks">{t.mail.checks}</h2>
        {m.results.length === 0 ? <p class="quiet">{t.mail.noChecks}</p> : (
          <table class="table cards checks">
            <caption class="sr">{t.mail.checks}</caption>
            <thead>
              <tr><th scope="col">{t.mail.check}</th><th scope="col">{t.mail.result}</th><th scope="col">{t.mail.about}</th></tr>
            </thead>
            <tbody>{m.results.map((r, i) => <Check key={i} r={r} author={m.author_domain} />)}</tbody>
          </table>
        )}
      </section>
      <section class="card" aria-labelledby="feedback">
        <h2 id="feedback">{admin ? t.feedback.titleAdmin : m.verdict === "forged" ? t.feedback.titleForged : t.feedback.title}</h2>
        <MailFeedback key={m.id} m={m} admin={admin} />
      </section>
      {m.author_domain && isProven(m) && (
        <section class="card" aria-labelledby="actions">
          <h2 id="actions">{t.mail.actions}</h2>
          <TrustForms domain={m.author_domain} signers={signersOf(m.results, m.author_domain)} accounts={{ admin, account: admin ? m.account : account }}
            trust={m.verdict === "new"} distrust={!m.own_domain} mail onMade={again} />
        </section>
      )}
      {m.header === null && m.story === null && <p class="notice tone-unverified"><Icon name="unverified" /> <span>{m.for_user ? t.mail.textsForUser : m.verdict === "forged" && wasJudgedAgain(m) ? t.mail.textsNotKeptThen : t.mail.textsNotKept}</span></p>}
      {m.story !== null && (
        <section class="card" aria-labelledby="story">
          <div class="row between"><h2 id="story">{t.mail.storyTitle}</h2><Copy text={m.story} label={t.mail.copy} /></div>
          <pre class="text" tabIndex={0}>{visibleLines(m.story)}</pre>
        </section>
      )}
      {m.header !== null && (
        <details class="card">
          <summary><h2>{t.mail.header}</h2></summary>
          <Copy text={m.header} label={t.mail.copy} />
          <pre class="text text-wrap" tabIndex={0} lang="en">{visibleLines(m.header)}</pre>
        </details>
      )}
    </>
  );
}

export function MailPage({ which, admin, account }: { which: api.MailName; admin: boolean; account: string }) {
  const t = useTexts();
  const lang = useLanguage();
  const seen = useLoad(`mail ${JSON.stringify(which)} ${lang}`, (signal) => api.getMail(which, lang, signal));
  const m = seen.data;
  const { query } = useRoute();
  const gone = seen.error instanceof ApiError && seen.error.status === 404;
  return (
    <>
      <p class="crumb smaller"><a href={href(["mails"], query)}><Icon name="back" size={16} /> {isOpen(readFilter(query)) ? t.mail.back : t.mail.backFiltered}</a></p>
      <Heading title={m ? (m.subject ? <Foreign text={m.subject} /> : m.author_domain ? <Foreign text={m.author_domain} /> : t.mail.title) : t.mail.title} />
      {gone ? <Empty icon="mails" title={t.mail.notFound} /> : seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {m ? <Story m={m} admin={admin} account={account} again={() => {}} /> : seen.busy ? <Skeleton lines={8} tall /> : null}
    </>
  );
}
