// What people set up by themselves: certificate, add-on, rules of other clients.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import * as api from "../api";
import { useAction, useLoad } from "../load";
import { useLanguage, useTexts } from "../preferences";
import { save } from "../save";
import { say } from "../told";
import { clients, type Client, type ClientRules, type Code, type Doors, type Me, type Token } from "../types";
import { Icon } from "./icon";
import { Ago, Copy, DateOf, errorText, Failure, Skeleton, Sure } from "./small";

const looks = 3000; // ms between looks whether the add-on has come

export function Authority({ sha256 }: { sha256: string }) {
  const t = useTexts();
  return (
    <div class="stack tight">
      <p>{t.setUp.authority}</p>
      <p><a class="button" href={api.authorityPath} download="mekiki-ca.pem"><Icon name="down" size={18} /> {t.setUp.authorityGet}</a></p>
      <p class="quiet">{t.setUp.authoritySteps}</p>
      <details><summary>{t.setUp.fingerprint}</summary><code class="fingerprint">{sha256}</code></details>
    </div>
  );
}

/** It is shown until it counts no more, or an add-on came by it. */
function CodeOf({ me, onChange }: { me: Me; onChange: (me: Me) => void }) {
  const t = useTexts();
  const action = useAction();
  const [code, setCode] = useState<Code | null>(null);
  const known = me.tokens.map((token) => token.id).join();
  useEffect(() => {
    if (!code) return;
    const end = setTimeout(() => setCode(null), code.seconds * 1000);
    const look = setInterval(() => {
      api.getMe().then((now) => {
        if (now.tokens.every((token) => known.includes(token.id))) return;
        onChange(now);
        setCode(null);
        say(t.setUp.connected);
      }, () => {});
    }, looks);
    return () => {
      clearTimeout(end);
      clearInterval(look);
    };
  }, [code, known]);
  return (
    <>
      {code && (
        <div class="stack tight token" role="status">
          <p>{t.setUp.address} <code>{location.origin}</code></p>
          <p>{t.setUp.code} <strong class="pairing-code">{code.code}</strong></p>
          <p class="quiet">{t.setUp.codeOnce(Math.round(code.seconds / 60))}</p>
          <div class="row"><Copy text={code.code} label={t.setUp.copyCode} /></div>
        </div>
      )}
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <p><button type="button" class="button button-primary" disabled={action.busy} onClick={() => action.run(async () => setCode(await api.makeCode()))}>
        <Icon name="plus" size={18} /> {code ? t.setUp.otherCode : t.setUp.makeCode}
      </button></p>
    </>
  );
}

function Connections({ me, onChange }: { me: Me; onChange: (me: Me) => void }) {
  const t = useTexts();
  const action = useAction();
  const end = (token: Token) => action.run(async () => {
    onChange(await api.forgetToken(token.id));
    say(t.setUp.ended);
  });
  if (me.tokens.length === 0) return <p class="quiet">{t.setUp.noConnection}</p>;
  return (
    <>
      <ul class="stack tight connections">
        {me.tokens.map((token) => (
          <li key={token.id} class="row between">
            <span>
              {token.way === "code" ? t.setUp.byCode : t.setUp.byToken} <DateOf at={token.made} />
              {" · "}{token.seen ? <>{t.setUp.seen} <Ago at={token.seen} /></> : t.setUp.neverSeen}
            </span>
            <Sure kind="button-quiet" label={t.setUp.end} question={t.setUp.confirmEnd} disabled={action.busy} onYes={() => end(token)} />
          </li>
        ))}
      </ul>
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
    </>
  );
}

/** For add-ons that cannot be connected by a code. */
function PlainToken({ onChange }: { onChange: (me: Me) => void }) {
  const t = useTexts();
  const action = useAction();
  const [token, setToken] = useState("");
  const make = () => action.run(async () => {
    setToken((await api.makeToken()).token);
    onChange(await api.getMe());
  });
  return (
    <details>
      <summary>{t.setUp.plain}</summary>
      <div class="stack tight">
        <p class="quiet">{t.setUp.plainHelp}</p>
        {token && (
          <div class="stack tight token" role="status">
            <p>{t.me.tokenOnce}</p>
            <div class="row">
              <input class="code" type="text" readOnly aria-label={t.me.token} value={token} onFocus={(e) => e.currentTarget.select()} />
              <Copy text={token} label={t.me.copy} />
            </div>
          </div>
        )}
        {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
        <p><button type="button" class="button" disabled={action.busy} onClick={make}>{t.me.makeToken}</button></p>
      </div>
    </details>
  );
}

function Rules() {
  const t = useTexts();
  const lang = useLanguage();
  const [client, setClient] = useState<Client | "">("");
  const made = useLoad<ClientRules>(client ? `${client} ${lang}` : null, (signal) => api.getClientRules(client as Client, lang, signal));
  return (
    <section class="card" aria-labelledby="client-rules">
      <h2 id="client-rules">{t.setUp.rules}</h2>
      <p>{t.setUp.rulesHelp}</p>
      <label class="field">
        <span>{t.setUp.client}</span>
        <select value={client} onChange={(e) => setClient(e.currentTarget.value as Client | "")}>
          <option value="">{t.setUp.pick}</option>
          {clients.map((c) => <option key={c} value={c}>{t.setUp.clients[c]}</option>)}
        </select>
      </label>
      {client === "" ? null : made.error ? <Failure error={made.error} again={made.again} /> : !made.data || made.busy ? <Skeleton lines={4} /> : (
        <div class="stack tight">
          <div class="row">
            {made.data.files.map((f) => (
              <button key={f.name} type="button" class="button" onClick={() => save(f.name, f.text, "text/plain;charset=utf-8")}><Icon name="down" size={18} /> {f.name}</button>
            ))}
          </div>
          <pre class="text steps" tabIndex={0} aria-label={t.setUp.steps}>{made.data.steps}</pre>
          <p class="quiet">{t.setUp.rulesSecret}</p>
        </div>
      )}
    </section>
  );
}

const Step = ({ title, children }: { title: string; children: ComponentChildren }) => <li class="stack tight"><strong>{title}</strong>{children}</li>;

export function SetUp({ me, onChange }: { me: Me; onChange: (me: Me) => void }) {
  const t = useTexts();
  const doors = useLoad<Doors>("doors", api.getDoors);
  return (
    <div class="columns wide">
      <section class="card" aria-labelledby="addon">
        <h2 id="addon">{t.setUp.addon}</h2>
        <p>{t.setUp.addonHelp}</p>
        {doors.error ? <Failure error={doors.error} again={doors.again} /> : null}
        <ol class="stack steps-list">
          {doors.data?.ca_sha256 ? <Step title={t.setUp.stepTrust}><Authority sha256={doors.data.ca_sha256} /></Step> : null}
          <Step title={t.setUp.stepInstall}>
            <p><a class="button" href={api.addonPath} download="mekiki-thunderbird.xpi"><Icon name="down" size={18} /> {t.setUp.addonGet}</a></p>
            <p class="quiet">{t.setUp.installSteps}</p>
          </Step>
          <Step title={t.setUp.stepConnect}>
            <p class="quiet">{t.setUp.connectSteps}</p>
            <CodeOf me={me} onChange={onChange} />
          </Step>
        </ol>
        <h3>{t.setUp.connections}</h3>
        <Connections me={me} onChange={onChange} />
        <PlainToken onChange={onChange} />
      </section>
      <Rules />
    </div>
  );
}
