// The door: a mailbox, or the administrator.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { ApiError } from "../api";
import { useAction } from "../load";
import { go } from "../location";
import { keep, read } from "../kept";
import { useTexts } from "../preferences";
import { take } from "../session";
import { shortest, strengthOf } from "../strength";
import type { Session } from "../types";
import { Icon, Mark } from "../parts/icon";
import { errorText, Segments } from "../parts/small";
import { LanguageButton, ThemeButton } from "../parts/tools";

function Door({ children }: { children: ComponentChildren }) {
  const t = useTexts();
  return (
    <div class="door">
      <header class="door-tools">
        <LanguageButton />
        <ThemeButton />
      </header>
      <main class="door-main">
        <div class="stack door-brand">
          <Mark size={64} />
          <p class="door-name">Mekiki <span class="quiet" lang="ja">目利き</span></p>
          <p class="quiet door-tagline">{t.tagline}</p>
          <ul class="points tone-genuine">
            {t.signIn.pitch.map((line, i) => (
              <li key={i}>
                <Icon name="genuine" />
                {line}
              </li>
            ))}
          </ul>
        </div>
        <div class="card door-card">{children}</div>
      </main>
    </div>
  );
}

function Password({ label, value, fresh, describedBy, invalid, onInput }: {
  label: string;
  value: string;
  fresh?: boolean;
  describedBy?: string;
  invalid?: boolean;
  onInput: (text: string) => void;
}) {
  const t = useTexts();
  const [shown, setShown] = useState(false);
  const id = fresh ? label : "password";
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="password">
        <input id={id} type={shown ? "text" : "password"} value={value} autocomplete={fresh ? "new-password" : "current-password"} spellcheck={false}
          autocapitalize="none" aria-describedby={describedBy} aria-invalid={invalid ?? false} onInput={(e) => onInput(e.currentTarget.value)} />
        <button type="button" class="button button-quiet button-small" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {shown ? t.signIn.hidePassword : t.signIn.showPassword}
        </button>
      </span>
    </div>
  );
}

export function SignIn({ who }: { who: Session }) {
  const t = useTexts();
  const action = useAction();
  const [way, setWay] = useState<"mailbox" | "admin">(read("way") === "admin" || (who.demo && read("way") === null) ? "admin" : "mailbox");
  const [account, setAccount] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [lacks, setLacks] = useState("");
  const form = useRef<HTMLFormElement>(null);
  const pick = (to: "mailbox" | "admin") => {
    keep("way", to);
    setWay(to);
    setPassword("");
    setLacks("");
  };
  useEffect(() => form.current?.querySelector<HTMLInputElement>(way === "admin" ? "#password" : "input")?.focus(), [way]);
  const submit = async (e: Event) => {
    e.preventDefault();
    const missing = way === "mailbox" && !account.trim() ? t.signIn.needAccount : !password ? t.signIn.needPassword : "";
    setLacks(missing);
    if (missing) return;
    await action.run(async () => take(await (way === "admin" ? api.signInAdmin(name.trim(), password) : api.signInUser(account.trim(), password))));
    setPassword("");
  };
  const refused = action.error instanceof ApiError && action.error.code === "refused" ? action.error.text : null;
  const why = refused === null ? action.error && errorText(action.error, t) : way === "mailbox" ? t.signIn.refused(refused) : who.setup ? t.signIn.adminUnset : t.signIn.wrong;
  const wrong = lacks || why || "";
  return (
    <Door>
      <h1 tabIndex={-1}>{t.signIn.title}</h1>
      <Segments legend={t.signIn.ways} hideLegend name="way" value={way} onPick={pick}
        options={[{ value: "mailbox", label: t.signIn.mailbox }, { value: "admin", label: t.signIn.admin }]} />
      <form class="stack wide" ref={form} onSubmit={submit} noValidate>
        {way === "mailbox" && (
          <div class="field">
            <label for="account">{t.signIn.account}</label>
            <input id="account" type="text" value={account} autocomplete="username" autocapitalize="none" spellcheck={false} aria-describedby="account-help"
              onInput={(e) => setAccount(e.currentTarget.value)} />
            <small id="account-help">{t.signIn.accountHelp}</small>
          </div>
        )}
        {way === "admin" && (
          <div class="field">
            <label for="name">{t.signIn.name}</label>
            <input id="name" type="text" value={name} autocomplete="username" autocapitalize="none" spellcheck={false} aria-describedby="name-help"
              onInput={(e) => setName(e.currentTarget.value)} />
            <small id="name-help">{t.signIn.nameHelp}</small>
          </div>
        )}
        <Password label={t.signIn.password} value={password} describedBy="door-note" invalid={wrong !== ""} onInput={setPassword} />
        {wrong && <p class="form-error" role="alert">{wrong}</p>}
        <button class="button button-primary" disabled={action.busy}>{action.busy ? t.signIn.busy : t.signIn.submit}</button>
        {who.demo && <p class="notice tone-new"><Icon name="new" /> <span>{t.signIn.demo}</span></p>}
        <p class="hint" id="door-note">{way === "mailbox" ? t.signIn.mailboxNote : who.setup ? t.signIn.adminUnset : t.signIn.adminNote}</p>
      </form>
    </Door>
  );
}

// Of a password: per cent of the bar, and its colour.
const drawn = { weak: [25, "forged"], fair: [60, "altered"], strong: [100, "genuine"] } as const;

export function SetUp({ token }: { token: string }) {
  const t = useTexts();
  const action = useAction();
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [tried, setTried] = useState(false);
  const length = [...first].length;
  const lacks = length < shortest ? t.setup.tooShort(length) : first !== second ? t.setup.different : "";
  const strength = strengthOf(first);
  const [width, tone] = first ? drawn[strength] : [0, "forged"];
  const submit = async (e: Event) => {
    e.preventDefault();
    setTried(true);
    if (lacks) return;
    const done = await action.run(async () => take(await api.setUp(token, first)));
    if (done) go([]);
  };
  const wrong = (tried && lacks) || (action.error ? errorText(action.error, t) : "");
  return (
    <Door>
      <h1 tabIndex={-1}>{t.setup.title}</h1>
      <p>{t.setup.intro}</p>
      <form class="stack wide" onSubmit={submit} noValidate>
        <input class="sr" type="text" autocomplete="username" value="admin" readOnly tabIndex={-1} aria-hidden="true" />
        <Password fresh label={t.setup.password} value={first} describedBy="strength" invalid={tried && length < shortest} onInput={setFirst} />
        <div class="stack tight strength" id="strength">
          <span class="track" aria-hidden="true"><i class={`tone-${tone}`} style={{ width: `${width}%` }} /></span>
          <small>{first ? t.setup[strength] : t.setup.hint}</small>
        </div>
        <Password fresh label={t.setup.again} value={second} invalid={tried && first !== second} onInput={setSecond} />
        {wrong && <p class="form-error" role="alert">{wrong}</p>}
        <button class="button button-primary" disabled={action.busy}>{t.setup.submit}</button>
        {action.error ? <p class="hint"><a href="#/">{t.setup.signInInstead}</a></p> : null}
      </form>
    </Door>
  );
}
