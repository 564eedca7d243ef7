// What administrators send to those who are to use Mekiki.
import { useState } from "preact/hooks";
import * as api from "../api";
import { texts, type Texts } from "../i18n";
import { useLoad } from "../load";
import { loginWays, type LoginWay } from "../logins";
import { isLoopback } from "../place";
import { useLanguage, useTexts } from "../preferences";
import type { Doors, Language } from "../types";
import { visible } from "../visible";
import { Icon } from "./icon";
import { Copy, Failure, Segments, Skeleton } from "./small";

const fill = (text: string, facts: Record<string, string>): string => text.replace(/\{(\w+)\}/g, (all, name: string) => facts[name] ?? all);

export function invitation(words: Texts["invite"], doors: Doors, way: LoginWay): string {
  const [tls] = doors.pop3s;
  const [clear] = doors.pop3;
  return fill(words.text, {
    page: `${location.origin}/`,
    host: location.hostname,
    account: fill(words.account[way.kind], { login: way.login }),
    login: way.kind === "address" ? fill(words.addressAs, { login: way.login }) : way.login,
    port: tls === undefined ? fill(words.portClear, { n: `${clear ?? ""}` }) : fill(words.portTls, { n: `${tls}` }),
    trust: doors.ca_sha256 && location.protocol === "https:" ? fill(words.trust, { sha256: doors.ca_sha256 }) : "",
    certificate: doors.ca_sha256 ? words.certificate : "",
  });
}

export function Invite() {
  const t = useTexts();
  const shown = useLanguage();
  const [language, setLanguage] = useState<Language>(shown);
  const [server, setServer] = useState("");
  const [chosen, setChosen] = useState(0);
  const doors = useLoad<Doors>("doors", api.getDoors);
  const words = texts[language].invite;
  const ways = loginWays(doors.data?.routes ?? [], server, { name: words.name, server: words.server });
  const at = Math.min(chosen, ways.length - 1);
  const text = doors.data ? invitation(words, doors.data, ways[at] as LoginWay) : "";
  const mail = `mailto:?subject=${encodeURIComponent(words.subject)}&body=${encodeURIComponent(text)}`;
  return (
    <section class="card" aria-labelledby="invite">
      <h2 id="invite">{t.invite.title}</h2>
      <p>{t.invite.help}</p>
      {isLoopback && <p class="notice tone-altered"><Icon name="warn" /> <span>{t.invite.loopback}</span></p>}
      {doors.error ? <Failure error={doors.error} again={doors.again} /> : !doors.data ? <Skeleton lines={6} /> : (
        <div class="stack">
          <div class="row">
            <label class="field">
              <span>{t.invite.which}</span>
              <input type="text" autocomplete="off" spellcheck={false} placeholder="pop.example.jp" value={server} onInput={(e) => (setServer(e.currentTarget.value), setChosen(0))} />
            </label>
            {ways.length > 1 && (
              <label class="field">
                <span>{t.invite.login}</span>
                <select value={`${at}`} onChange={(e) => setChosen(Number(e.currentTarget.value))}>
                  {ways.map((w, i) => <option key={w.login} value={`${i}`}>{visible(w.login)}{w.host && t.invite.at(visible(w.host))}</option>)}
                </select>
              </label>
            )}
            <Segments<Language> legend={t.invite.language} name="invite-language" value={language} onPick={setLanguage}
              options={[{ value: "ja", label: t.me.languages.ja }, { value: "en", label: t.me.languages.en }]} />
          </div>
          <pre class="text steps" lang={language} tabIndex={0} aria-label={t.invite.title}>{text}</pre>
          <div class="row">
            <Copy text={text} label={t.invite.copy} />
            <a class="button button-small" href={mail}>{t.invite.mail}</a>
          </div>
        </div>
      )}
    </section>
  );
}
