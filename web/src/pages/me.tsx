// How I am told, tried on my own mails before it is saved.
import { useEffect, useMemo, useState } from "preact/hooks";
import * as api from "../api";
import { formatNumber } from "../format";
import { useAction, useLoad } from "../load";
import { noticesWhen } from "../notices";
import { useLanguage, useTexts } from "../preferences";
import { say } from "../told";
import { methods, occasions, type Choice, type Language, type Me, type Method, type Rehearsal } from "../types";
import { BorderQuestions } from "../parts/border-questions";
import { Icon } from "../parts/icon";
import { NoticesSwitch } from "../parts/notices-switch";
import { RuleTable } from "../parts/rules";
import { SetUp } from "../parts/set-up";
import { OwnWord } from "../parts/word";
import { errorText, Failure, Heading, Segments, Skeleton, Sure, Switch } from "../parts/small";

const typingPause = 300; // ms

function Ways({ choice, me, onPick }: { choice: Choice; me: Me; onPick: (methods: Method[]) => void }) {
  const t = useTexts();
  const flip = (m: Method) => onPick(methods.filter((o) => (o === m ? !choice.methods.includes(m) : choice.methods.includes(o))));
  return (
    <fieldset class="columns ways">
      <legend class="sr">{t.me.how}</legend>
      {methods.map((m) => {
        const allowed = me.allowed.includes(m);
        return (
          <label key={m} class={allowed ? "way" : "way way-off"}>
            <input type="checkbox" checked={allowed && choice.methods.includes(m)} disabled={!allowed} aria-describedby={`way-${m}`} onChange={() => flip(m)} />
            <Icon name={m} size={28} />
            <span class="stack tight">
              <strong>{t.way[m]} <abbr class="quiet">{m}</abbr></strong>
              <span class="smaller quiet way-help" id={`way-${m}`}>{t.wayHelp[m]}{!allowed && <em>{t.me.notAllowed}</em>}</span>
            </span>
            <Icon name="genuine" size={22} />
          </label>
        );
      })}
    </fieldset>
  );
}

function RehearsalPanel({ choice }: { choice: Choice }) {
  const t = useTexts();
  const lang = useLanguage();
  const key = JSON.stringify({ ...choice, word: "" }); // the word changes nothing
  const [asked, setAsked] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(key), typingPause);
    return () => clearTimeout(timer);
  }, [key]);
  const tried = useLoad<Rehearsal>(`rehearse ${asked}`, () => api.rehearse(choice));
  const r = tried.data;
  const n = (count: number) => formatNumber(count, lang);
  const lines = !r ? [] : [
    choice.methods.includes("A") && { icon: "A" as const, text: t.me.rewritten(n(r.rewritten)) },
    choice.methods.includes("B") && { icon: "B" as const, text: t.me.warned(n(r.warned)) },
    choice.methods.includes("C") && { icon: "C" as const, text: t.me.coloured(n(r.red), n(r.green)) },
    choice.methods.includes("D") && { icon: "D" as const, text: t.me.popped(n(r.popped)) },
    choice.subject_mark && { icon: "mails" as const, text: t.me.marked(n(r.marked)) },
  ].filter((line) => line !== false);
  return (
    <aside class="card rehearsal" aria-labelledby="rehearsal">
      <h2 id="rehearsal">{t.me.rehearsal}</h2>
      {tried.error ? <Failure error={tried.error} again={tried.again} /> : !r ? <Skeleton lines={4} /> : r.mails === 0 ? <p class="quiet">{t.me.rehearsalEmpty}</p> : (
        <div class="stack" role="status" aria-busy={tried.busy || asked !== key}>
          <p>{t.me.rehearsalIntro(n(r.mails), r.days)}</p>
          {lines.length === 0 ? <p><strong>{t.me.silent}</strong></p> : (
            <ul class="points">{lines.map((line) => <li key={line.icon}><Icon name={line.icon} /> <span>{line.text}</span></li>)}</ul>
          )}
          {r.over_budget && <p class="notice tone-altered"><Icon name="warn" /> <span>{t.me.rehearsalBudget}</span></p>}
        </div>
      )}
    </aside>
  );
}

function ChoiceForm({ me, onSaved }: { me: Me; onSaved: (me: Me) => void }) {
  const t = useTexts();
  const action = useAction();
  const [choice, setChoice] = useState<Choice>(me.choice);
  const [saved, setSaved] = useState(false);
  const kept = JSON.stringify(me.choice);
  useEffect(() => setChoice(me.choice), [kept]);
  const dirty = JSON.stringify(choice) !== kept;
  const change = (part: Partial<Choice>) => {
    setSaved(false);
    setChoice((old) => ({ ...old, ...part }));
  };
  const done = (answer: Me) => {
    onSaved(answer);
    noticesWhen.set(answer.choice.when);
    setSaved(true);
    say(t.me.saved);
  };
  const save = (e: Event) => {
    e.preventDefault();
    void action.run(async () => done(await api.choose({ ...choice, word: (choice.word ?? "").trim() })));
  };
  const rehearsed = useMemo(() => ({ ...choice, methods: choice.methods.filter((m) => me.allowed.includes(m)) }), [choice, me.allowed]);
  return (
    <div class="stack wide beside">
      <form class="card wide" onSubmit={save} noValidate>
        <h2>{t.me.how}</h2>
        <p class="quiet">{me.chosen ? t.me.chosenNote : t.me.standardNote}</p>
        {me.over_budget && <p class="notice tone-altered"><Icon name="warn" /> <span>{t.me.overBudget(me.budget)}</span></p>}
        <Ways choice={choice} me={me} onPick={(picked) => change({ methods: picked })} />
        {rehearsed.methods.length === 0 && !choice.subject_mark && <p class="notice tone-altered"><Icon name="warn" /> <span>{t.me.nothing}</span></p>}
        <fieldset class="stack tight radios">
          <legend>{t.me.when}</legend>
          {occasions.map((o) => (
            <label key={o}>
              <input type="radio" name="when" checked={choice.when === o} onChange={() => change({ when: o })} />
              <span>{t.occasion[o]}<small>{t.occasionHelp[o]}</small></span>
            </label>
          ))}
        </fieldset>
        <Segments<Language> legend={t.me.language} name="me-language" value={choice.language} onPick={(l) => change({ language: l })}
          options={[{ value: "ja", label: t.me.languages.ja }, { value: "en", label: t.me.languages.en }]} />
        <label class="field">
          <span>{t.me.word}</span>
          <input type="text" maxLength={60} autocomplete="off" spellcheck={false} value={choice.word ?? ""} aria-describedby="word-help"
            onInput={(e) => change({ word: e.currentTarget.value })} />
          <small id="word-help">{t.me.wordHelp}</small>
        </label>
        <Switch label={t.me.mark} help={t.me.markHelp} on={choice.subject_mark} onFlip={(on) => change({ subject_mark: on })} />
        {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
        <div class="row form-save">
          <button class="button button-primary" disabled={action.busy || !dirty}>{action.busy ? t.me.saving : t.me.save}</button>
          {me.chosen && <Sure kind="button-quiet" label={t.me.reset} question={t.me.confirmReset} disabled={action.busy}
            onYes={() => action.run(async () => done(await api.forgetChoice()))} />}
          {saved && !dirty ? <span class="good saved"><Icon name="genuine" size={18} /> {t.me.saved}</span> : dirty ? <span class="quiet">{t.me.unsaved}</span> : null}
        </div>
      </form>
      <RehearsalPanel choice={rehearsed} />
    </div>
  );
}

function Trusted({ account }: { account: string }) {
  const t = useTexts();
  const seen = useLoad("my rules", api.getRules);
  const own = seen.data?.rules.filter((r) => r.account === account) ?? [];
  return (
    <section class="card" aria-labelledby="trusted">
      <h2 id="trusted">{t.me.trusted}</h2>
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : !seen.data ? <Skeleton lines={3} />
        : own.length === 0 ? <p class="quiet">{t.me.trustedNone}</p> : <RuleTable rules={own} mine={account} onGone={seen.again} />}
    </section>
  );
}

/** What is kept of the account's mails; what its user chose stays. */
function Erase({ onDone }: { onDone: (me: Me) => void }) {
  const t = useTexts();
  const action = useAction();
  const erase = () => action.run(async () => {
    onDone(await api.eraseMine());
    say(t.me.erased);
  });
  return (
    <section class="card" aria-labelledby="erase">
      <h2 id="erase">{t.me.kept}</h2>
      <p>{t.me.keptText}</p>
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <p><Sure kind="button-quiet" label={t.me.erase} question={t.me.confirmErase} disabled={action.busy} onYes={() => void erase()} /></p>
    </section>
  );
}

export function MePage() {
  const t = useTexts();
  const seen = useLoad<Me>("me", api.getMe);
  const me = seen.data;
  return (
    <>
      <Heading title={t.me.title} />
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!me ? (seen.busy ? <Skeleton lines={8} tall /> : null) : (
        <>
          <BorderQuestions />
          <ChoiceForm me={me} onSaved={seen.put} />
          <div class="columns wide">
            <section class="card" aria-labelledby="notices">
              <h2 id="notices">{t.notices.title}</h2>
              <NoticesSwitch help={t.notices.help} />
            </section>
            <OwnWord word={me.choice.word ?? ""} />
          </div>
          <SetUp me={me} onChange={seen.put} />
          <Trusted account={me.account} />
          <Erase onDone={seen.put} />
        </>
      )}
    </>
  );
}
