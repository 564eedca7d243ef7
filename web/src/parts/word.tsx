// The secret word, by which its user knows real notices.
import * as api from "../api";
import { useAction, useLoad } from "../load";
import { useTexts } from "../preferences";
import { href } from "../route";
import type { Me } from "../types";
import { visible } from "../visible";
import { errorText } from "./small";

/** At the first sign-in, until it was noted. */
export function FirstWord() {
  const t = useTexts();
  const action = useAction();
  const seen = useLoad<Me>("first word", api.getMe);
  const me = seen.data;
  if (!me || me.knows_word || !me.choice.word) return null;
  return (
    <section class="card first-word" aria-labelledby="first-word">
      <h2 id="first-word">{t.word.title}</h2>
      <p class="word"><bdi>{visible(me.choice.word)}</bdi></p>
      <p>{t.word.help}</p>
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <div class="row">
        <button type="button" class="button button-primary" disabled={action.busy} onClick={() => action.run(async () => seen.put(await api.noteWordKnown()))}>{t.word.noted}</button>
        <a class="button" href={href(["me"])}>{t.word.other}</a>
      </div>
    </section>
  );
}

export function OwnWord({ word }: { word: string }) {
  const t = useTexts();
  return (
    <section class="card" aria-labelledby="own-word">
      <h2 id="own-word">{t.word.own}</h2>
      <p class="word"><bdi>{visible(word)}</bdi></p>
      <p class="quiet">{t.word.help}</p>
    </section>
  );
}
