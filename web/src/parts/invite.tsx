// What administrators send to those who are to use Mekiki.
import { useState } from "preact/hooks";
import * as api from "../api";
import { texts, type Texts } from "../i18n";
import { useLoad } from "../load";
import { isLoopback } from "../place";
import { useLanguage, useTexts } from "../preferences";
import type { Doors, Language } from "../types";
import { Icon } from "./icon";
import { Copy, Failure, Segments, Skeleton } from "./small";

const fill = (text: string, facts: Record<string, string>): string => text.replace(/\{(\w+)\}/g, (all, name: string) => facts[name] ?? all);

export function invitation(words: Texts["invite"], doors: Doors, server: string): string {
  const [tls] = doors.pop3s;
  const [clear] = doors.pop3;
  return fill(words.text, {
    page: `${location.origin}/`,
    host: location.hostname,
    login: `${words.name}%${server.trim() || words.server}`,
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
  const doors = useLoad<Doors>("doors", api.getDoors);
  const words = texts[language].invite;
  const text = doors.data ? invitation(words, doors.data, server) : "";
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
              <input type="text" autocomplete="off" spellcheck={false} placeholder="pop.example.jp" value={server} onInput={(e) => setServer(e.currentTarget.value)} />
            </label>
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
