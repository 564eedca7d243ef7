// "Is this your provider's server?", about what proven mails have shown.
import * as api from "../api";
import { formatNumber } from "../format";
import { useAction, useLoad } from "../load";
import { useLanguage, useTexts } from "../preferences";
import { say } from "../told";
import type { BorderQuestion, BorderQuestions as Asked, BorderReply } from "../types";
import { visible } from "../visible";
import { errorText } from "./small";

function Question({ q, name, onAnswer }: { q: BorderQuestion; name: string; onAnswer: (said: BorderReply) => Promise<unknown> }) {
  const t = useTexts();
  const lang = useLanguage();
  const action = useAction();
  const answer = (said: BorderReply) => () => action.run(() => onAnswer(said));
  return (
    <section class="card" aria-labelledby={name}>
      <h2 id={name}>{t.border.title}</h2>
      <p><bdi>{t.border.question(visible(q.host), formatNumber(q.mails, lang), formatNumber(q.senders, lang))}</bdi></p>
      <p class="quiet">{t.border.why}</p>
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <div class="row">
        <button type="button" class="button" disabled={action.busy} onClick={answer("yes")}>{t.border.yes}</button>
        <button type="button" class="button" disabled={action.busy} onClick={answer("no")}>{t.border.no}</button>
        <button type="button" class="button button-quiet" disabled={action.busy} onClick={answer("later")}>{t.border.later}</button>
      </div>
    </section>
  );
}

/** Of the account that is signed in, or of one that the administrator looks at. Nothing where nothing is asked. */
export function BorderQuestions({ account }: { account?: string }) {
  const t = useTexts();
  const seen = useLoad<Asked>(`borders ${account ?? ""}`, (signal) => api.getBorders(account, signal));
  const answer = async (q: BorderQuestion, said: BorderReply) => {
    seen.put(await api.answerBorder(q.view, said, account));
    say(t.border.thanks);
  };
  return (
    <>
      {seen.data?.questions.map((q, i) => <Question key={q.view} q={q} name={`border-${i}`} onAnswer={(said) => answer(q, said)} />)}
    </>
  );
}
