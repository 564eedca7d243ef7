// The plan of a domain's policy, and what an administrator says of its senders.
import { useState } from "preact/hooks";
import * as api from "../api";
import { formatDate, formatNumber } from "../format";
import { useAction } from "../load";
import { useLanguage, useTexts } from "../preferences";
import { isToMend } from "../reported";
import { say } from "../told";
import type { SendingGroup, SendingMark, SendingOwner, SendingPlan } from "../types";
import { visible } from "../visible";
import { Icon, type IconName } from "./icon";
import { Copy, Failure, Foreign, Segments } from "./small";

const toneOf = { done: "genuine", now: "genuine", next: "altered", later: "unverified" } as const;
const iconOf: Record<"done" | "now" | "next" | "later", IconName> = { done: "genuine", now: "genuine", next: "up", later: "same" };
const dayOf = (day: number): number => day * 86400 + 43200;

/** Whether something is to be done now. */
export const planTone = (p: SendingPlan): "genuine" | "altered" | "forged" | "unverified" =>
  p.step === "go-back" ? "forged" : p.step === "done" && p.why.length === 0 ? "genuine" : p.why.some((w) => w.kind.startsWith("source")) ? "altered" : "unverified";

export function Plan({ p }: { p: SendingPlan }) {
  const t = useTexts();
  const lang = useLanguage();
  const date = (day: number) => formatDate(dayOf(day), lang);
  const unbacked = p.senders.filter((s) => s.unbacked > 0).slice(0, 3);
  return (
    <section class="card stack" aria-labelledby="sending-plan">
      <h2 id="sending-plan">{t.plan.title}</h2>
      <ol class="stages">
        {p.stages.map((s) => (
          <li key={s.policy} class={`stack tight tone-${toneOf[s.state]}`} aria-current={s.state === "now" ? "step" : undefined}>
            <span class="step"><Icon name={iconOf[s.state]} size={16} /> <b>p={s.policy}</b></span>
            <span>{t.plan.state[s.state]}</span>
            {s.since !== null && <small>{t.plan.since(date(s.since))}</small>}
            {s.earliest !== null && <small>{t.plan.earliest(date(s.earliest))}</small>}
          </li>
        ))}
      </ol>
      <p><b>{t.plan.next}</b> {p.text}</p>
      {p.why.length > 0 && (
        <>
          <h3 id="plan-why">{p.step === "done" ? t.plan.mend : t.plan.missing}</h3>
          <ul class="stack tight bullets" aria-labelledby="plan-why">{p.why.map((w) => <li key={`${w.kind} ${w.name}`}>{visible(w.text)}</li>)}</ul>
        </>
      )}
      {unbacked.map((s) => (
        <p key={s.name} class="hint">{t.plan.unbacked(visible(s.failed_by.join(", ")), formatNumber(s.unbacked, lang), visible(s.name) || t.sending.noName)}</p>
      ))}
      {p.record && (
        <div class="stack tight">
          <h3>{t.plan.record}</h3>
          <pre class="text text-wrap" tabIndex={0} lang="en"><Foreign text={`${p.record.name}. TXT "${p.record.text}"`} /></pre>
          <p class="row">
            <Copy text={p.record.text} label={t.plan.copyValue} />
            <Copy text={`${p.record.name}. TXT "${p.record.text}"\n`} label={t.own.copy} />
          </p>
          {(p.step === "publish" || p.step === "ask-reports") && <p class="hint">{t.plan.address}</p>}
        </div>
      )}
      {!p.record && !p.asked && (p.step === "quarantine" || p.step === "reject" || p.step === "go-back") && <p class="hint">{t.plan.notAsked(p.domain)}</p>}
      <p class="hint">
        {t.plan.rests(formatNumber(p.days, lang), p.days, date(p.from), formatNumber(p.reporters, lang), p.reporters)}
        {!p.whole && ` ${t.plan.cut}`}
      </p>
    </section>
  );
}

/** What is to be done about a sender: a decision makes the server's advice more exact. */
export function adviceOf(g: SendingGroup, t: ReturnType<typeof useTexts>): { text: string; tone: "genuine" | "altered" | "unverified" | "forged" } {
  const fails = g.mails > g.passed && g.step !== "forwards";
  if (g.mark?.owner === "foreign" && fails) return { text: t.plan.adviceForeign, tone: "unverified" };
  if (g.mark?.owner === "ours" && (g.step === "yours-or-forged" || g.step === "sign")) return { text: t.plan.adviceOurs, tone: "altered" };
  const tone = g.step === "none" ? "genuine" : isToMend(g) ? "altered" : g.step === "forwards" ? "unverified" : "forged";
  return { text: t.sending.step[g.step], tone };
}

/** Whose the sender is, and a way to say it. `onDone`: with what was said before. */
export function Whose({ g, domain, onDone }: { g: SendingGroup; domain: string; onDone: (before: SendingMark) => void }) {
  const t = useTexts();
  const lang = useLanguage();
  const before: SendingMark = g.mark ?? { name: g.name, owner: "unknown", note: "", at: 0, who: "" };
  const [owner, setOwner] = useState<SendingOwner>(before.owner);
  const [note, setNote] = useState(before.note);
  const act = useAction();
  const save = async (e: Event) => {
    e.preventDefault();
    if (await act.run(() => api.markSender(domain, g.name, owner, note.trim()))) onDone(before);
  };
  const passesForeign = g.mark?.owner === "foreign" && g.passed > 0;
  return (
    <>
      <p class="whose">
        <span class={`badge tone-${g.owner === "ours" ? "genuine" : g.owner === "foreign" ? "forged" : "altered"}`}>{t.plan.owner[g.owner]}</span>{" "}
        {g.mark && g.mark.note && <span><Foreign text={g.mark.note} /> </span>}
        <small>{g.mark && g.mark.owner !== "unknown" ? t.plan.saidBy(visible(g.mark.who), formatDate(g.mark.at, lang)) : t.plan.why[g.why]}</small>
      </p>
      {passesForeign && <p class="step tone-forged"><Icon name="warn" size={16} /> <span>{t.plan.passesForeign(formatNumber(g.passed, lang))}</span></p>}
      <details>
        <summary>{t.plan.decide}</summary>
        <form class="stack" onSubmit={save}>
          <Segments legend={t.plan.whose} name={`owner of ${g.name}`} value={owner} onPick={setOwner}
            options={(["ours", "foreign", "unknown"] as const).map((o) => ({ value: o, label: t.plan.owner[o] }))} />
          <label class="field">
            <span>{t.plan.note}</span>
            <input type="text" value={note} maxLength={200} placeholder={t.plan.noteExample} onInput={(e) => setNote(e.currentTarget.value)} />
          </label>
          {act.error ? <Failure error={act.error} /> : null}
          <p class="row"><button type="submit" class="button" disabled={act.busy}>{t.plan.save}</button></p>
        </form>
      </details>
    </>
  );
}

/** What was said last, with a way back. */
export function Undo({ domain, before, onDone }: { domain: string; before: SendingMark; onDone: () => void }) {
  const t = useTexts();
  const act = useAction();
  const undo = async () => {
    if (!(await act.run(() => api.markSender(domain, before.name, before.owner, before.note)))) return;
    say(t.plan.undone);
    onDone();
  };
  return (
    <div class="notice tone-genuine" role="status">
      <Icon name="genuine" />
      <div class="row">
        <span>{t.plan.saved(visible(before.name) || t.sending.noName)}</span>
        <button type="button" class="button button-small" disabled={act.busy} onClick={undo}>{t.plan.undo}</button>
        {act.error ? <Failure error={act.error} /> : null}
      </div>
    </div>
  );
}

/** Marks of senders that the list does not show. */
export function OtherMarks({ marks, domain, onDone }: { marks: readonly SendingMark[]; domain: string; onDone: () => void }) {
  const t = useTexts();
  const act = useAction();
  if (marks.length === 0) return null;
  return (
    <details class="card">
      <summary>{t.plan.otherMarks(marks.length)}</summary>
      {act.error ? <Failure error={act.error} /> : null}
      <ul class="stack tight">
        {marks.map((m) => (
          <li key={m.name} class="row between">
            <span><b>{m.name ? <Foreign text={m.name} /> : t.sending.noName}</b> {t.plan.owner[m.owner]} {m.note && <small><Foreign text={m.note} /></small>}</span>
            <button type="button" class="button button-small" disabled={act.busy}
              onClick={async () => { if (await act.run(() => api.markSender(domain, m.name, "unknown", ""))) onDone(); }}>
              {t.plan.takeBack}<span class="sr"> {visible(m.name)}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Leaves a reporter out, or counts it again. */
export function LeaveOut({ author, ignored, onDone }: { author: string; ignored: boolean; onDone: () => void }) {
  const t = useTexts();
  const act = useAction();
  return (
    <>
      <button type="button" class="button button-small" disabled={act.busy}
        onClick={async () => {
          if (!(await act.run(() => api.ignoreReporter(author, !ignored)))) return;
          say(ignored ? t.plan.countedAgain : t.plan.leftOutNow);
          onDone();
        }}>
        {ignored ? t.plan.countAgain : t.plan.leaveOut}<span class="sr"> {visible(author)}</span>
      </button>
      {act.error ? <Failure error={act.error} /> : null}
    </>
  );
}
