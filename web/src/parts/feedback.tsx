// What the reader says of a verdict, and what the administrator answers. No rule comes of it.
import { useState } from "preact/hooks";
import * as api from "../api";
import { useAction, useLoad } from "../load";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import { say } from "../told";
import { feedbackAnswers, type Feedback, type FeedbackAnswer, type FeedbackWord, type MailStory, type Report } from "../types";
import { Icon } from "./icon";
import { Account, Ago, Badge, errorText, Failure, Foreign } from "./small";

function Answer({ f }: { f: Feedback }) {
  const t = useTexts();
  if (f.said === "agree") return null;
  return f.answer === "" ? <p class="quiet">{t.feedback.waiting}</p> : (
    <p class={`notice tone-${f.answer === "forged" ? "forged" : f.answer === "good" ? "genuine" : "unverified"}`}>
      <Icon name={f.answer === "forged" ? "forged" : f.answer === "good" ? "genuine" : "unverified"} />{" "}
      <span>{t.feedback.answered[f.answer]} <Ago at={f.answered} /></span>
    </p>
  );
}

/** With one click. */
function AnswerButtons({ id, onDone }: { id: number; onDone: () => void }) {
  const t = useTexts();
  const action = useAction();
  const answer = (what: FeedbackAnswer) => () => action.run(() => api.answerReport(id, what)).then((ok) => {
    if (!ok) return;
    say(t.feedback.sent);
    onDone();
  });
  return (
    <>
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <div class="row" role="group" aria-label={t.feedback.answer}>
        {feedbackAnswers.map((a) => (
          <button key={a} type="button" class="button button-small" disabled={action.busy} onClick={answer(a)}>{t.feedback.answers[a]}</button>
        ))}
      </div>
    </>
  );
}

/** On a mail's page: of its reader, or of the administrator. */
export function MailFeedback({ m, admin }: { m: MailStory; admin: boolean }) {
  const t = useTexts();
  const action = useAction();
  const [f, setFeedback] = useState(m.feedback);
  const isForged = m.verdict === "forged";
  const tell = (said: FeedbackWord | "") => () => action.run(() => api.sayAbout(m.id, said)).then((ok) => {
    if (!ok) return;
    setFeedback(said === "" ? null : { said, at: Date.now() / 1000, answer: "", answered: 0 });
    say(said === "" ? t.feedback.undone : t.feedback.done[said]);
  });
  if (admin) {
    if (!f) return <p class="quiet">{t.feedback.nobody}</p>;
    return (
      <div class="stack">
        <p>{t.feedback.byUser[f.said]} <Ago at={f.at} /></p>
        <Answer f={f} />
        {f.said !== "agree" && <AnswerButtons id={m.id} onDone={() => api.getMail({ id: m.id }, "en").then((n) => setFeedback(n.feedback), () => {})} />}
      </div>
    );
  }
  return (
    <div class="stack feedback">
      {action.error ? <Failure error={action.error} /> : null}
      {f ? (
        <>
          <p class="good"><Icon name="genuine" size={18} /> {t.feedback.done[f.said]}</p>
          <Answer f={f} />
          {f.said === "mistake" && <p>{t.feedback.afterMistake}</p>}
          {f.answered === 0 && <div class="row"><button type="button" class="button" disabled={action.busy} onClick={tell("")}>{t.feedback.undo}</button></div>}
        </>
      ) : isForged ? (
        <>
          <p>{t.feedback.isForged}</p>
          <div class="row">
            <button type="button" class="button" disabled={action.busy} onClick={tell("agree")}>{t.feedback.agree}</button>
            <button type="button" class="button" disabled={action.busy} onClick={tell("mistake")}>{t.feedback.mistake}</button>
          </div>
        </>
      ) : (
        <>
          <p>{t.feedback.mayReport}</p>
          <div class="row"><button type="button" class="button" disabled={action.busy} onClick={tell("report")}>{t.feedback.report}</button></div>
        </>
      )}
    </div>
  );
}

function ReportRow({ r, admin, onDone }: { r: Report; admin: boolean; onDone: () => void }) {
  const t = useTexts();
  const who = r.author ?? r.author_domain;
  return (
    <li class="report">
      <div class="row">
        <Badge verdict={r.verdict} />
        <a href={href(["mail", String(r.id)])}>{who ? <Foreign text={who} /> : t.mails.unknownDomain}{r.subject !== null && <>: <Foreign text={r.subject} /></>}</a>
      </div>
      <p class="smaller quiet">{t.feedback.byUser[r.feedback.said]}{admin && <> <Account name={r.account} /></>} · <Ago at={r.feedback.at} /></p>
      {(!admin || r.feedback.answer !== "") && <Answer f={r.feedback} />}
      {admin && r.feedback.answer === "" && <AnswerButtons id={r.id} onDone={onDone} />}
    </li>
  );
}

/** Nothing where nothing was reported. */
export function Reports({ admin }: { admin: boolean }) {
  const t = useTexts();
  const lang = useLanguage();
  const seen = useLoad(`reports ${lang}`, (signal) => api.getReports(lang, signal));
  const reports = seen.data?.reports ?? [];
  if (reports.length === 0) return null;
  const open = reports.filter((r) => r.feedback.answer === "");
  const answered = reports.filter((r) => r.feedback.answer !== "");
  const list = (rows: Report[]) => <ul class="stack">{rows.map((r) => <ReportRow key={r.id} r={r} admin={admin} onDone={seen.again} />)}</ul>;
  return (
    <section class="card" aria-labelledby="reports">
      <h2 id="reports">{admin ? t.feedback.list : t.feedback.mine}</h2>
      {open.length > 0 ? list(open) : <p class="quiet">{t.feedback.noneOpen}</p>}
      {answered.length > 0 && <details open={!admin}><summary>{t.feedback.listAnswered}</summary>{list(answered)}</details>}
    </section>
  );
}
