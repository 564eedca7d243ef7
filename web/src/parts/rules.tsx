// Rules: a list, and the forms that make them.
import { useState } from "preact/hooks";
import * as api from "../api";
import { now } from "../clock";
import { useAction } from "../load";
import { useTexts } from "../preferences";
import { say } from "../told";
import type { Effect, NewRule, Rule, RuleKind } from "../types";
import { ruleKinds } from "../types";
import { visible } from "../visible";
import { Account, DateOf, errorText, Failure, Foreign, Segments, Sure } from "./small";
import { Icon } from "./icon";

type Term = "ever" | "30" | "365";
const daysOf = (term: Term): number | null => (term === "ever" ? null : Number(term));

function TermChoice({ name, value, onPick }: { name: string; value: Term; onPick: (term: Term) => void }) {
  const t = useTexts();
  return (
    <Segments legend={t.trust.until} name={name} value={value} onPick={onPick}
      options={[{ value: "ever", label: t.trust.forEver }, { value: "30", label: t.trust.month }, { value: "365", label: t.trust.year }]} />
  );
}

export function RuleTable({ rules, mine, onGone }: { rules: readonly Rule[]; mine: string | null; onGone: () => void }) {
  const t = useTexts();
  const action = useAction();
  const remove = (rule: Rule) => action.run(() => api.removeRule(rule.id)).then((ok) => {
    if (!ok) return;
    say(t.rules.removed);
    onGone();
  });
  return (
    <>
      {action.error ? <Failure error={action.error} /> : null}
      <table class="table cards">
        <caption class="sr">{t.rules.list}</caption>
        <thead>
          <tr>
            <th scope="col">{t.rules.effect}</th>
            <th scope="col">{t.rules.kind}</th>
            <th scope="col">{t.rules.pattern}</th>
            <th scope="col">{t.rules.signer}</th>
            <th scope="col">{t.rules.account}</th>
            <th scope="col">{t.rules.until}</th>
            <th scope="col"><span class="sr">{t.rules.actions}</span></th>
          </tr>
        </thead>
        <tbody>
          {rules.map((r) => {
            const others = mine !== null && r.account !== mine;
            return (
              <tr key={r.id}>
                <td data-label={t.rules.effect}>
                  <span class={`badge ${r.effect === "trust" ? "tone-genuine" : "tone-forged"}`}>
                    <Icon name={r.effect === "trust" ? "genuine" : "forged"} size={16} />
                    {t.rules.effects[r.effect]}
                  </span>
                </td>
                <td data-label={t.rules.kind}>{t.rules.kinds[r.kind]}</td>
                <th scope="row" data-label={t.rules.pattern}><Foreign text={r.pattern} /></th>
                <td data-label={t.rules.signer}>{r.signer ? <Foreign text={r.signer} /> : t.rules.anySigner}</td>
                <td data-label={t.rules.account}>{r.account ? <Account name={r.account} /> : t.rules.all}</td>
                <td data-label={t.rules.until}>
                  {r.until === null ? t.rules.forEver : <><DateOf at={r.until} />{r.until < now() && <> ({t.rules.ended})</>}</>}
                </td>
                <td class="number table-action">
                  {others ? <small>{t.rules.ofAll}</small> : (
                    <Sure kind="button-small" label={t.rules.remove} question={t.rules.confirmRemove} disabled={action.busy} onYes={() => remove(r)} />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

export function RuleForm({ admin, account, onMade }: { admin: boolean; account: string; onMade: () => void }) {
  const t = useTexts();
  const action = useAction();
  const [rule, setRule] = useState<NewRule>({ account: admin ? "" : account, kind: "author", pattern: "", signer: "", effect: "trust", days: null });
  const [term, setTerm] = useState<Term>("ever");
  const [lacks, setLacks] = useState(false);
  const [done, setDone] = useState(false);
  const change = (part: Partial<NewRule>) => {
    setDone(false);
    setRule({ ...rule, ...part });
  };
  const submit = async (e: Event) => {
    e.preventDefault();
    setLacks(rule.pattern.trim() === "");
    if (rule.pattern.trim() === "") return;
    const made = { ...rule, pattern: rule.pattern.trim(), signer: rule.kind === "author" ? rule.signer.trim() : "", days: daysOf(term) };
    if (!(await action.run(() => api.addRule(made)))) return;
    setRule({ ...rule, pattern: "", signer: "" });
    setDone(true);
    say(t.rules.added);
    onMade();
  };
  return (
    <form class="stack wide" onSubmit={submit} noValidate>
      <div class="row wide form-row">
        <Segments<Effect> legend={t.rules.effect} name="rule-effect" value={rule.effect} onPick={(effect) => change({ effect })}
          options={[{ value: "trust", label: t.rules.effects.trust }, { value: "distrust", label: t.rules.effects.distrust }]} />
        <Segments<RuleKind> legend={t.rules.kind} name="rule-kind" value={rule.kind} onPick={(kind) => change({ kind })}
          options={ruleKinds.map((value) => ({ value, label: t.rules.kinds[value] }))} />
      </div>
      <div class="row wide form-row">
        <label class="field">
          <span>{t.rules.pattern}</span>
          <input type="text" value={rule.pattern} autocapitalize="none" spellcheck={false} aria-invalid={lacks} aria-describedby="rule-kind-help"
            onInput={(e) => change({ pattern: e.currentTarget.value })} />
          <small id="rule-kind-help">{lacks ? t.rules.needPattern + " " : ""}{t.rules.kindHelp[rule.kind]}</small>
        </label>
        {rule.kind === "author" && (
          <label class="field">
            <span>{t.rules.signer}</span>
            <input type="text" value={rule.signer} placeholder={t.rules.anySigner} autocapitalize="none" spellcheck={false}
              onInput={(e) => change({ signer: e.currentTarget.value })} />
          </label>
        )}
        {admin && (
          <label class="field">
            <span>{t.rules.account}</span>
            <input type="text" value={rule.account} placeholder={t.rules.all} autocapitalize="none" spellcheck={false} aria-describedby="rule-account-help"
              onInput={(e) => change({ account: e.currentTarget.value })} />
            <small id="rule-account-help">{t.rules.accountHelp}</small>
          </label>
        )}
      </div>
      <TermChoice name="rule-term" value={term} onPick={setTerm} />
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <div class="row">
        <button class="button button-primary" disabled={action.busy}>{t.rules.add}</button>
        {done && <span class="good saved"><Icon name="genuine" size={18} /> {t.rules.added}</span>}
      </div>
    </form>
  );
}

/** "Trust example.jp" and "Distrust example.jp", for one author domain. */
export function TrustForms(props: {
  domain: string;
  signers: readonly string[];
  accounts: { admin: boolean; account: string }; // account "": of nobody in particular
  mail: boolean; // about one mail, not the domain as such
  trust: boolean; // what a rule would change
  distrust: boolean;
  onMade: () => void;
}) {
  const t = useTexts();
  const action = useAction();
  const [signer, setSigner] = useState("");
  const [term, setTerm] = useState<Term>("30");
  const [wide, setWide] = useState<"all" | "one">(props.accounts.account ? "one" : "all");
  const [done, setDone] = useState<{ effect: Effect; id: number } | null>(null);
  const { admin, account } = props.accounts;
  const shown = visible(props.domain);
  const save = async (effect: Effect) => {
    setDone(null);
    const made: NewRule = {
      account: admin && wide === "all" ? "" : account,
      kind: "author",
      pattern: props.domain,
      signer: effect === "trust" ? signer : "",
      effect,
      days: daysOf(term),
    };
    let id = 0;
    if (!(await action.run(async () => { id = (await api.addRule(made)).id; }))) return;
    setDone({ effect, id });
    say(t.trust.done);
    props.onMade();
  };
  const undo = async (id: number) => {
    if (!(await action.run(() => api.removeRule(id)))) return;
    setDone(null);
    say(t.trust.undone);
    props.onMade();
  };
  const saved = (effect: Effect) => done?.effect === effect && (
    <>
      <span class="good saved"><Icon name="genuine" size={18} /> {t.trust.done}</span>
      <button type="button" class="button" disabled={action.busy} onClick={() => undo(done.id)}>{t.feedback.undo}</button>
    </>
  );
  const trust = (
    <section class="card act" key="trust">
      <h3><bdi>{t.trust.trustTitle(shown)}</bdi></h3>
      <p class="quiet">{t.trust.trustHelp}</p>
      {props.signers.length > 0 && (
        <label class="field">
          <span>{t.trust.signer}</span>
          <select value={signer} onChange={(e) => setSigner(e.currentTarget.value)}>
            <option value="">{t.trust.anySigner}</option>
            {props.signers.map((s) => <option key={s} value={s}>{visible(s)}</option>)}
          </select>
        </label>
      )}
      <div class="row">
        <button type="button" class="button button-primary" disabled={action.busy} onClick={() => save("trust")}>
          <Icon name="genuine" size={18} /> {t.trust.trust}
        </button>
        {saved("trust")}
      </div>
    </section>
  );
  const distrust = (
    <section class="card act" key="distrust">
      <h3>{props.mail ? t.trust.distrustTitle : t.trust.distrustDomain(shown)}</h3>
      <p class="quiet"><bdi>{t.trust.distrustHelp(shown)}</bdi></p>
      <div class="row">
        <Sure kind="button-danger" label={<><Icon name="forged" size={18} /> {t.trust.distrust}</>} question={t.trust.confirmDistrust} disabled={action.busy}
          onYes={() => save("distrust")} />
        {saved("distrust")}
      </div>
    </section>
  );
  return (
    <div class="stack wide">
      {action.error ? <Failure error={action.error} /> : null}
      <div class="row wide form-row">
        <TermChoice name="trust-term" value={term} onPick={setTerm} />
        {admin && account && (
          <Segments<"all" | "one"> legend={t.trust.scope} name="trust-scope" value={wide} onPick={setWide}
            options={[{ value: "all", label: t.trust.forAll }, { value: "one", label: <bdi>{t.trust.forAccount(visible(account))}</bdi> }]} />
        )}
      </div>
      <div class="columns">{props.trust && trust}{props.distrust && distrust}</div>
    </div>
  );
}
