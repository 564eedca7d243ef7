// Small things that many pages show.
import type { ComponentChildren } from "preact";
import { useRef, useState, useEffect } from "preact/hooks";
import { ApiError } from "../api";
import { useNow } from "../clock";
import { formatAgo, formatDate, formatNumber, formatTime } from "../format";
import { useLanguage, useTexts } from "../preferences";
import type { Texts } from "../i18n";
import type { Verdict } from "../types";
import { setPage } from "../title";
import { say } from "../told";
import { visible } from "../visible";
import { Icon, type IconName } from "./icon";

/** What strangers wrote: it cannot turn the text around it, nor hide. */
export const Foreign = ({ text }: { text: string }) => <bdi>{visible(text)}</bdi>;

/** "user%host": a line may break before the host. */
export function Account({ name }: { name: string }) {
  const at = name.lastIndexOf("%");
  return at <= 0 ? <Foreign text={name} /> : <bdi>{visible(name.slice(0, at))}<wbr />{visible(name.slice(at))}</bdi>;
}

export function Badge({ verdict }: { verdict: Verdict }) {
  const t = useTexts();
  return (
    <span class={`badge tone-${verdict}`}>
      <Icon name={verdict} size={16} />
      {t.verdict[verdict]}
    </span>
  );
}

export function Ago({ at }: { at: number }) {
  const lang = useLanguage();
  const t = useTexts();
  const now = useNow();
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatTime(at, lang)}>
      {formatAgo(at, now, lang) ?? t.time.now}
    </time>
  );
}

/** With hour and zone. */
export function TimeOf({ at }: { at: number }) {
  return <time dateTime={new Date(at * 1000).toISOString()}>{formatTime(at, useLanguage())}</time>;
}

export function DateOf({ at }: { at: number }) {
  const lang = useLanguage();
  return (
    <time dateTime={new Date(at * 1000).toISOString()} title={formatTime(at, lang)}>
      {formatDate(at, lang)}
    </time>
  );
}

export const Count = ({ n }: { n: number }) => <>{formatNumber(n, useLanguage())}</>;

/** Nobody reads a skeleton; that something is coming is said once. */
export function Skeleton({ lines = 5, tall }: { lines?: number; tall?: boolean }) {
  const t = useTexts();
  return (
    <div class="stack skeleton" role="status">
      <span class="sr">{t.loading}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class={tall ? "bone bone-tall" : "bone"} />
      ))}
    </div>
  );
}

/** What these codes say, the pages say as well. */
const wordedHere = ["sign-in", "forbidden", "csrf", "too-many", "unavailable"];

export function errorText(error: unknown, t: Texts): string {
  if (!(error instanceof ApiError)) return t.error.other(0);
  if (error.text && !wordedHere.includes(error.code)) return error.text;
  switch (error.status) {
    case 0:
      return t.error.noAnswer;
    case 401:
      return t.error.signedOut;
    case 403:
      return t.error.forbidden;
    case 404:
      return t.error.notFound;
    case 429:
      return t.error.tooMany(error.retryAfter);
    case 503:
      return t.error.unavailable;
    default:
      return t.error.other(error.status);
  }
}

export function Failure({ error, again }: { error: unknown; again?: () => void }) {
  const t = useTexts();
  return (
    <div class="notice notice-bad tone-forged" role="alert">
      <Icon name="warn" />
      <div>
        <p>{errorText(error, t)}</p>
        {again && (
          <button type="button" class="button" onClick={again}>
            {t.error.retry}
          </button>
        )}
      </div>
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="quiet empty">
      <span class="empty-icon">
        <Icon name={icon} size={32} />
      </span>
      <p class="empty-title">{title}</p>
      {children && <p>{children}</p>}
    </div>
  );
}

export function Heading({ title, children }: { title: ComponentChildren; children?: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => setPage(heading.current?.textContent ?? ""));
  return (
    <div class="row between heading">
      <h1 tabIndex={-1} ref={heading}>{title}</h1>
      {children}
    </div>
  );
}

export interface Option<T extends string> {
  value: T;
  label: ComponentChildren;
}

/** One of few, all of them in sight. */
export function Segments<T extends string>(props: {
  legend: string;
  name: string;
  options: readonly Option<T>[];
  value: T;
  onPick: (value: T) => void;
  hideLegend?: boolean;
}) {
  return (
    <fieldset class="segments">
      <legend class={props.hideLegend ? "sr" : ""}>{props.legend}</legend>
      <div class="segments-row">
        {props.options.map((o) => (
          <label key={o.value}>
            <input type="radio" name={props.name} value={o.value} checked={o.value === props.value} onChange={() => props.onPick(o.value)} />
            <span class="smaller quiet nowrap">{o.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Switch({ label, help, on, disabled, onFlip }: {
  label: string;
  help?: string;
  on: boolean;
  disabled?: boolean;
  onFlip: (on: boolean) => void;
}) {
  return (
    <label class="switch">
      <input type="checkbox" role="switch" checked={on} disabled={disabled ?? false} onChange={(e) => onFlip(e.currentTarget.checked)} />
      <span class="switch-track" aria-hidden="true" />
      <span>
        {label}
        {help && <small>{help}</small>}
      </span>
    </label>
  );
}

/** A button that asks back before it does what cannot be undone. */
export function Sure({ label, question, kind = "", disabled, onYes }: {
  label: ComponentChildren;
  question: string;
  kind?: string;
  disabled?: boolean;
  onYes: () => void;
}) {
  const t = useTexts();
  const [asked, setAsked] = useState(false);
  const no = useRef<HTMLButtonElement>(null);
  const ask = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (asked) no.current?.focus();
  }, [asked]);
  const close = () => {
    setAsked(false);
    requestAnimationFrame(() => ask.current?.focus());
  };
  if (!asked)
    return (
      <button ref={ask} type="button" class={`button ${kind}`} disabled={disabled ?? false} onClick={() => setAsked(true)}>
        {label}
      </button>
    );
  return (
    <span class="row sure" role="group" aria-label={question} onKeyDown={(e) => e.key === "Escape" && close()}>
      <span>{question}</span>
      <button type="button" class="button button-danger" onClick={() => { close(); onYes(); }}>
        {t.confirm.yes}
      </button>
      <button ref={no} type="button" class="button" onClick={close}>
        {t.confirm.no}
      </button>
    </span>
  );
}

export function Copy({ text, label }: { text: string; label: string }) {
  const t = useTexts();
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      return; // without HTTPS there is no clipboard; the text can be selected
    }
    setDone(true);
    say(t.mail.copied);
    setTimeout(() => setDone(false), 2000);
  };
  if (!navigator.clipboard) return null;
  return (
    <button type="button" class="button button-small" onClick={copy}>
      <Icon name={done ? "genuine" : "copy"} size={16} /> {done ? t.mail.copied : label}
    </button>
  );
}

export function More({ busy, label, onMore }: { busy: boolean; label: string; onMore: () => void }) {
  return (
    <button type="button" class="button more" disabled={busy} onClick={onMore}>
      {label}
    </button>
  );
}

export function SearchBox({ label, value, onInput }: { label: string; value: string; onInput: (text: string) => void }) {
  return (
    <label class="search">
      <span class="sr">{label}</span>
      <Icon name="search" size={18} />
      <input type="search" placeholder={label} value={value} spellcheck={false} autocomplete="off" autocapitalize="none"
        onInput={(e) => onInput(e.currentTarget.value)} />
    </label>
  );
}
