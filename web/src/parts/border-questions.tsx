// "Is this your provider's server?", about what proven mails have shown.
import * as api from "../api";
import { useState } from "preact/hooks";
import { formatDate, formatNumber } from "../format";
import { useAction, useLoad } from "../load";
import { useLanguage, useTexts } from "../preferences";
import { say } from "../told";
import type { BorderAnswer, BorderQuestion, BorderQuestions as Asked, BorderReply } from "../types";
import { visible } from "../visible";
import { errorText } from "./small";

type Answering = { onAnswer: (said: BorderReply) => Promise<unknown> };

function Buttons({ onAnswer }: Answering) {
  const t = useTexts();
  const action = useAction();
  const answer = (said: BorderReply) => () => action.run(() => onAnswer(said));
  return (
    <>
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <div class="row">
        <button type="button" class="button" disabled={action.busy} onClick={answer("yes")}>{t.border.yes}</button>
        <button type="button" class="button" disabled={action.busy} onClick={answer("no")}>{t.border.no}</button>
        <button type="button" class="button button-quiet" disabled={action.busy} onClick={answer("later")}>{t.border.later}</button>
      </div>
    </>
  );
}

function Question({ q, name, account, onAnswer }: { q: BorderQuestion; name: string; account: string | undefined } & Answering) {
  const t = useTexts();
  const lang = useLanguage();
  const whose = account === undefined ? undefined : visible(account);
  return (
    <section class="card" aria-labelledby={name}>
      <h2 id={name}>{t.border.title}</h2>
      <p><bdi>{t.border.question(visible(q.host), formatNumber(q.mails, lang), formatNumber(q.senders, lang), whose)}</bdi></p>
      <p class="quiet">{t.border.why}</p>
      <p class="quiet">{t.border.unsure}</p>
      <Buttons onAnswer={onAnswer} />
    </section>
  );
}

function Answer({ a, onAnswer }: { a: BorderAnswer } & Answering) {
  const t = useTexts();
  const lang = useLanguage();
  const [open, setOpen] = useState(false);
  return (
    <li>
      <bdi>{t.border.answered(visible(a.host), a.answer === "yes", formatDate(a.at, lang))}</bdi>{" "}
      {open ? <Buttons onAnswer={onAnswer} /> : <button type="button" class="button button-quiet" onClick={() => setOpen(true)}>{t.border.change}</button>}
    </li>
  );
}

/** Of the account that is signed in, or of one that the administrator looks at. Nothing where nothing is asked. */
export function BorderQuestions({ account }: { account?: string }) {
  const t = useTexts();
  const seen = useLoad<Asked>(`borders ${account ?? ""}`, (signal) => api.getBorders(account, signal));
  const answer = (view: string) => async (said: BorderReply) => {
    seen.put(await api.answerBorder(view, said, account));
    say(t.border.thanks);
  };
  return (
    <>
      {seen.data?.questions.map((q, i) => <Question key={q.view} q={q} name={`border-${i}`} account={account} onAnswer={answer(q.view)} />)}
      {(seen.data?.answers.length ?? 0) > 0 && (
        <section class="card" aria-labelledby="border-answers">
          <h2 id="border-answers">{t.border.answers}</h2>
          <ul>{seen.data?.answers.map((a) => <Answer key={`${a.view} ${a.answer} ${a.at}`} a={a} onAnswer={answer(a.view)} />)}</ul>
        </section>
      )}
    </>
  );
}
