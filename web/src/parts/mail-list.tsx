// Mails as rows that lead to their story.
import type { Mail } from "../types";
import { href } from "../route";
import { useTexts } from "../preferences";
import { Account, Ago, Badge, Foreign, TimeOf } from "./small";

/** The filter that the list is of, so that "back" from a story finds it. */
type Filtered = Readonly<Record<string, string>>;

function MailRow({ mail, fresh, short, showAccount, within }: { mail: Mail; fresh: boolean; short: boolean; showAccount: boolean; within: Filtered }) {
  const t = useTexts();
  const who = mail.author ?? mail.author_domain;
  const cut = short ? " cut" : "";
  return (
    <li class={`mail-row${fresh ? " mail-fresh" : ""}`}>
      <a href={href(["mail", String(mail.id)], within)}>
        <Badge verdict={mail.verdict} />
        <span class="stack mail-what">
          <span class={`mail-who${cut}`}>{who ? <Foreign text={who} /> : t.mails.unknownDomain}</span>
          {mail.subject !== null && <span class={`mail-subject${cut}`}><Foreign text={mail.subject} /></span>}
          {!short && <small>{mail.sentence}</small>}
        </span>
        <span class="hint mail-side">
          <Ago at={mail.fetched} />
          {!short && <TimeOf at={mail.fetched} />}
          {showAccount && <Account name={mail.account} />}
        </span>
      </a>
    </li>
  );
}

export function MailList(props: { mails: readonly Mail[]; fresh: ReadonlySet<number>; label: string; short?: boolean; showAccount?: boolean; within?: Filtered }) {
  return (
    <ul class={`mail-list${props.short ? " mail-list-short" : ""}`} aria-label={props.label}>
      {props.mails.map((m) => (
        <MailRow key={m.id} mail={m} fresh={props.fresh.has(m.id)} short={props.short ?? false} showAccount={props.showAccount ?? false} within={props.within ?? {}} />
      ))}
    </ul>
  );
}
