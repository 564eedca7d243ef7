// What the server answers: docs/dashboard.md, in its words.

export const verdicts = ["genuine", "new", "unverified", "altered", "forged"] as const;
export type Verdict = (typeof verdicts)[number];
export type Language = "en" | "ja";
export type Method = "A" | "B" | "C" | "D";
export const methods: readonly Method[] = ["A", "B", "C", "D"];
export const occasions = ["forged", "altered", "new", "classic"] as const;
export type Occasion = (typeof occasions)[number];

export interface Session {
  role: "none" | "admin" | "user";
  account?: string;
  csrf?: string;
  setup: boolean;
  demo: boolean;
  version: string;
}

export type Counts = Record<Verdict, number>;

/** Whose days sums are kept by: that of the server. */
export interface Zone {
  name: string; // "JST"
  east: number; // seconds, now
}

/** A day by its number since 1970-01-01, and when it begins and ends there. */
export interface DayTimes {
  day: number;
  start: number;
  end: number; // not within
}

export interface DaySum extends Counts {
  day: number;
  dkim_pass: number;
  dkim_fail: number;
  dkim_none: number;
  dmarc_pass: number;
  dmarc_fail: number;
  dmarc_none: number;
  dmarc_other: number;
}

export type Day = DaySum & DayTimes;

/** Why a mail could not be accused: in docs/dashboard.md. "": not known; "certain": it could. */
export interface Way {
  way: string;
  way_host: string;
}

export type SightState = "early" | "good" | "blind";

/** Whether forgeries can be recognised among the mails of a server. */
export interface ServerSight {
  host: string;
  state: SightState;
  mails: number;
  certain: number;
  inside: number;
  why: (Way & { mails: number })[];
  accounts: { name: string; mails: number }[];
  all_accounts: number;
  settings?: string; // of a blind one, for the administrator; "": nothing seen tells
  has_provider?: boolean;
}

export interface Sight {
  state: SightState;
  servers: ServerSight[];
}

export interface HealthItem {
  name: string;
  state: "ok" | "warn" | "bad";
  code: string;
  number: number;
  text: string;
}

export interface Health {
  items: HealthItem[];
  since: number;
  sessions: number;
  waiting: number;
  lost: number;
  dns: { questions: number; failed: number; mean_ms: number | null };
  refused_logins: number;
  strange_servers: number; // sessions with servers that never let anybody in
  upstreams: { host: string; errors: number }[];
}

/** What an administrator did. */
export interface Deed {
  at: number;
  who: string; // "": the one without a name
  from: string; // address
  what: string; // of the interface: "rules/remove"
  details: string;
}

/** "look-alike" and "display-name": the domain is the sender's own. */
export type ForgedKind = "misused" | "look-alike" | "display-name";

/** Forged mails that name one author domain. */
export interface ForgedGroup {
  domain: string;
  kind: ForgedKind;
  like: string; // that it looks like; may be empty
  mails: number;
  accounts: string[]; // three at most
  all_accounts: number;
  first: number; // when they came
  last: number;
  fetched: number; // when one of them was fetched last
}

export interface Overview {
  from: number; // days
  to: number;
  zone: Zone;
  days: Day[];
  before: DaySum;
  begins: number; // the first day of which there are sums; 0: none
  waves: ForgedGroup[];
  sight: Sight;
  forged_domains?: { name: string; mails: number; kind: ForgedKind; like: string }[];
  accounts?: { name: string; mails: number; forged: number }[];
  health?: Health;
}

export interface Mail {
  id: number;
  account: string;
  fetched: number; // last
  came: number; // at the host whose word counts, else when it was first fetched
  verdict: Verdict;
  code: string;
  sentence: string;
  dkim: string;
  dmarc: string;
  policy: string;
  author_domain: string;
  author: string | null;
  subject: string | null;
  for_user: boolean; // texts are kept, but shown to its user alone
}

export interface Result {
  method: string;
  result: string;
  reason: string;
  properties: { name: string; value: string }[];
}

export type FeedbackWord = "agree" | "mistake" | "report";
export type FeedbackAnswer = "forged" | "good" | "unclear";
export const feedbackAnswers: readonly FeedbackAnswer[] = ["forged", "good", "unclear"];

export interface Feedback {
  said: FeedbackWord;
  at: number;
  answer: FeedbackAnswer | "";
  answered: number; // 0: not yet
}

export interface Report extends Mail {
  feedback: Feedback;
}

export interface MailStory extends Mail, Way {
  feedback: Feedback | null;
  own_domain: boolean;
  text_of: string; // the sentence says that this domain signed another text; "": it does not
  uidl: string;
  results: Result[];
  header: string | null;
  story: string | null;
  rules_since: number;
}

export interface MailPage {
  mails: Mail[];
  next: string | number | null;
  rules_since: number;
}

/** How many mails a filter finds. */
export interface MailTotal {
  mails: number;
  whole: boolean; // false: at least so many
}

export interface Suggestions {
  accounts: string[];
  domains: string[];
}

export interface DomainRow {
  domain: string;
  mails: number;
  last: number;
  known_by: number;
  seen_by: number;
}

export interface Pair {
  signer: string;
  mails: number;
  days: number;
  first: number;
  last: number;
  known: boolean;
}

export interface History {
  scope: string;
  steadiness: number;
  last: number;
  known: boolean;
  pairs: Pair[];
  days: { day: number; proven: number; unproven: number }[];
}

export const ruleKinds = ["author", "signer", "list", "forwarder"] as const;
export type RuleKind = (typeof ruleKinds)[number];
export type Effect = "trust" | "distrust";

export interface Rule {
  id: number;
  account: string; // "": for all
  kind: RuleKind;
  pattern: string;
  signer: string;
  effect: Effect;
  until: number | null;
}

export interface NewRule {
  account: string;
  kind: RuleKind;
  pattern: string;
  signer: string;
  effect: Effect;
  days: number | null;
}

export interface DomainStory {
  domain: string;
  own: boolean; // watched, or that of the reader's addresses
  forged: ForgedGroup | null;
  histories: History[];
  rules: Rule[];
}

export interface KeyRecord {
  text: string;
  first: number;
  last: number;
  authentic: boolean;
  revoked: boolean;
}

export interface Key {
  name: string;
  records: KeyRecord[];
}

export interface Choice {
  methods: Method[];
  language: Language;
  when: Occasion;
  subject_mark: boolean;
  word?: string;
}

export interface Person {
  account: string;
  mails: number;
  forged: number;
  last: number;
  warned: number;
  over_budget: boolean;
  chosen: boolean;
  choice: Choice;
  tokens: number;
  addon_seen: number; // 0: never
  knows_word: boolean;
}

export interface Setting {
  name: string;
  value: string;
  default: string;
  type: string;
  help: string;
  line: number | null;
  tables: string; // those of a [[table]], as TOML
}

export interface Settings {
  file: string | null;
  settings: Setting[];
}

export interface Me {
  account: string;
  chosen: boolean;
  choice: Choice;
  standard: Choice;
  allowed: Method[];
  budget: number;
  over_budget: boolean;
  knows_word: boolean;
  tokens: Token[];
}

/** What lets an add-on in. */
export interface Token {
  id: string;
  way: "page" | "code";
  made: number;
  seen: number; // 0: never
}

export interface Code {
  code: string;
  seconds: number;
}

/** Where mail clients find Mekiki. */
export interface Doors {
  pop3: number[];
  pop3s: number[];
  ca_sha256: string | null; // null: the certificate is not of Mekiki's own authority
  routes?: Route[]; // for administrators
}

/** [[route]] of the settings: login names that need no %SERVER. */
export interface Route {
  pattern: string; // * stands for anything
  host: string; // "": the one in the name
}

export const clients = ["thunderbird", "outlook", "becky", "claws", "sylpheed", "mutt", "sieve"] as const;
export type Client = (typeof clients)[number];

export interface ClientRules {
  steps: string;
  files: { name: string; text: string }[];
}

export type BorderReply = "yes" | "no" | "later";

export interface BorderQuestion {
  view: string;
  host: string;
  mails: number;
  senders: number;
}

/** What was answered before. */
export interface BorderAnswer {
  view: string;
  host: string;
  answer: "yes" | "no";
  at: number;
}

export interface BorderQuestions {
  scope: string;
  questions: BorderQuestion[];
  answers: BorderAnswer[];
}

export interface Rehearsal extends Counts {
  days: number;
  mails: number;
  rewritten: number;
  warned: number;
  popped: number;
  marked: number;
  red: number;
  green: number;
  over_budget: boolean;
}

/** Of a domain of one's own. */
export type Grade = "ok" | "info" | "warn" | "bad";

export interface OwnChange {
  what: "watched" | "record" | "finding" | "mended" | "grade" | "silent" | "answers";
  level: "info" | "warn" | "bad";
  at: number;
  name: string;
  record: string;
  was: string;
  is: string;
  text: string;
}

export interface OwnRow {
  domain: string;
  grade: Grade | null; // null: the DNS never answered
  policy: string | null;
  parked: boolean;
  bad: number; // findings
  warn: number;
  checked: number | null;
  checking: boolean;
  silent_since: number | null;
  last_change: OwnChange | null;
  parked_lines: string[]; // for a domain without mail; in the list only where it looks like one
}

export interface SpfTerm {
  term: string;
  lookups: number;
  note?: string;
  terms?: SpfTerm[];
  more?: number; // terms that are left out
}

export type Presence = "present" | "absent" | "broken" | "unknown";

/** What `mekiki domain check --json` prints, docs/json.md. */
export interface DomainReport {
  domain: string;
  findings: { id: string; level: "info" | "warn" | "bad"; record: string; text: string; remedy: string; publish: string[] }[];
  mx: { preference: number; host: string; addresses: { address: string; names: string[]; confirmed: boolean | null }[] }[];
  spf: { record: string | null; lookups: number; void_lookups: number; complete: boolean; terms: SpfTerm[]; more?: number };
  dkim: { selector: string; code: string; words: string; type: string | null; bits: number | null; testing: boolean | null; first_seen: number | null }[];
  dmarc: { record: string | null; policy_domain: string | null; org_domain: string | null; policy: string | null; subdomains: string | null; nonexistent: string | null };
  dnssec: Presence;
  mta_sts: Presence;
  tls_rpt: Presence;
  bimi: Presence;
  arrived: { proven: number; unproven: number } | null;
  google: { rule: string; senders: "all" | "bulk"; holds: boolean | null }[];
}

export interface ForgedDay extends DayTimes {
  mails: number;
}

export interface OwnDomain extends OwnRow {
  report: DomainReport | null; // null: not looked at since the start
  changes: OwnChange[]; // the newest first
  forged: { from: number; to: number; zone: Zone; begins: number; days: ForgedDay[]; group: ForgedGroup | null } | null; // null: no history, or no answer
}

export interface OwnDomains {
  domains: OwnRow[];
  likely: string[]; // where none is watched: domains of the accounts' addresses
}

export type SendingStep = "none" | "sign" | "return-path" | "some-fail" | "forwards" | "yours-or-forged";

/** An address that sends as the domain, by the reports of others. */
export interface SendingSource {
  address: string;
  name: string; // reverse name that leads back to it
  signer: string;
  sender: string;
  covered: string; // the term of our SPF record
  first: number;
  last: number;
  mails: number;
  passed: number;
  dkim: number;
  spf: number;
  forwarded: number;
  stopped: number;
}

export type SendingOwner = "ours" | "foreign" | "unknown";
export type SendingWhy = "undecided" | "marked" | "passes" | "covered" | "sent-as-us" | "forwards" | "nameless";

/** What an administrator said of a sender. */
export interface SendingMark {
  name: string;
  owner: SendingOwner;
  note: string;
  at: number;
  who: string;
}

export interface SendingGroup {
  name: string;
  mark: SendingMark | null;
  owner: SendingOwner;
  why: SendingWhy;
  service: boolean;
  step: SendingStep;
  mails: number;
  passed: number;
  dkim: number;
  spf: number;
  forwarded: number;
  stopped: number;
  first: number;
  last: number;
  sources: SendingSource[];
  all_sources: number;
}

export interface SendingDay {
  day: number;
  passed: number;
  forwarded: number;
  stopped: number;
  failed: number;
  forged_here: number;
}

export type SendingSums = Pick<SendingSource, "mails" | "passed" | "dkim" | "spf" | "forwarded" | "stopped">;

export interface Sending {
  domains: { name: string; proven: boolean; reports: number; last: number }[];
  domain: string;
  from: number; // days
  to: number;
  policy: string;
  reports: number;
  reporters: number;
  failures: number;
  unproven: { reports: number; mails: number };
  days: SendingDay[];
  groups: SendingGroup[];
  others: SendingSums; // in none of `groups`
  all_groups: number;
  marks: SendingMark[]; // of senders that are not among `groups`
  ignored: { author: string; at: number; who: string; reports: number }[];
}

export type SendingPolicy = "none" | "quarantine" | "reject";
export type PlanStep = "publish" | "ask-reports" | "stay" | "end-testing" | "quarantine" | "reject" | "go-back" | "done";

export interface SendingPlan {
  domain: string;
  policy: SendingPolicy | null;
  testing: boolean;
  asked: boolean; // the policy is what the DNS says
  step: PlanStep;
  text: string;
  why: { kind: "few-days" | "few-mails" | "source-fails" | "source-unknown" | "unread"; name: string; have: number; need: number; text: string }[];
  from: number; // day
  days: number;
  need_days: number;
  reporters: number;
  whole: boolean;
  stages: { policy: SendingPolicy; state: "done" | "now" | "next" | "later"; since: number | null; earliest: number | null }[];
  record: { name: string; text: string } | null;
  senders: { name: string; owner: SendingOwner; why: SendingWhy; passed: number; failed: number; unbacked: number; failed_by: string[] }[];
}

export interface SendingRow {
  kind: string;
  org: string;
  author: string;
  proven: boolean;
  ignored: boolean;
  first: number;
  last: number;
  mails: number;
  dkim: boolean;
  spf: boolean;
  disposition: "none" | "quarantine" | "reject";
  forwarded: boolean;
  header_from: string;
  envelope_from: string;
  dkim_results: string; // "domain selector result", a line each
  spf_results: string;
  note: string;
}

export interface KeptReport {
  kind: string;
  org: string;
  author: string;
  proven: boolean;
  ignored: boolean;
  id: string;
  policy: string;
  faults: string;
  taken: number;
  first: number;
  last: number;
  mails: number;
  failed: number;
  records: number;
}
