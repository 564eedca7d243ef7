// One function for each request of docs/dashboard.md.
import type {
  BorderQuestions, BorderReply, Choice, Client, ClientRules, Code, Deed, DomainRow, DomainStory, Doors, FeedbackAnswer, FeedbackWord, KeptReport, Key, Language,
  MailPage, MailStory, MailTotal, Me, Method, NewRule, Occasion, Overview, OwnDomain, OwnDomains, Person, Rehearsal, Report, Rule, Sending, SendingGroup, SendingOwner, SendingPlan, SendingRow,
  SendingSource, Session, Settings, Suggestions,
} from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer
    readonly code: string,
    readonly text: string, // the server's sentence; may be empty
    readonly retryAfter: number | null = null, // seconds
  ) {
    super(text || code);
  }
}

export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

/** The session's part in each request; session.ts fills it in. */
export const bond = {
  csrf: "",
  /** Of sentences in answers. */
  language: "en" as Language,
  signedOut: (): void => {},
  /** After another tab signed in: gets the new token. False: nobody is signed in. */
  renew: async (): Promise<boolean> => false,
};

type Query = Record<string, string | number | undefined>;

async function failure(answer: Response): Promise<ApiError> {
  const said = (await answer.json().catch(() => null)) as { error?: unknown; text?: unknown } | null;
  const wait = Number(answer.headers.get("Retry-After") ?? NaN);
  return new ApiError(
    answer.status,
    typeof said?.error === "string" ? said.error : "http",
    typeof said?.text === "string" ? said.text : "",
    Number.isFinite(wait) ? wait : null,
  );
}

async function ask<T>(path: string, options: RequestInit): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "no-answer", "");
  }
  if (!answer.ok) {
    const error = await failure(answer);
    if (isSignedOut(error)) bond.signedOut();
    throw error;
  }
  try {
    return (await answer.json()) as T;
  } catch {
    throw new ApiError(answer.status, "unreadable", "");
  }
}

function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const asked = new URLSearchParams({ lang: bond.language });
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") asked.set(name, String(value));
  const tail = asked.toString();
  return ask<T>(path + (tail ? "?" + tail : ""), signal ? { signal } : {});
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const send = (): Promise<T> =>
    ask<T>(`${path}?lang=${bond.language}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(bond.csrf ? { "X-Mekiki-CSRF": bond.csrf } : {}) },
      body: JSON.stringify(body),
    });
  try {
    return await send();
  } catch (error) {
    const stale = error instanceof ApiError && error.code === "csrf";
    if (stale && (await bond.renew())) return send();
    throw error;
  }
}

export interface MailQuery {
  search?: string | undefined;
  verdict?: string | undefined;
  domain?: string | undefined;
  account?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  before?: string | number | undefined;
  limit?: number | undefined;
  lang: Language;
}

export const getSession = () => get<Session>("/api/session");
export const setUp = (token: string, password: string) => post<Session>("/api/setup", { token, password });
/** `name` "": the administrator who has none. */
export const signInAdmin = (name: string, password: string) => post<Session>("/api/sign-in", { ...(name ? { name } : {}), password });
export const signInUser = (account: string, password: string) => post<Session>("/api/sign-in", { account, password });
export const signOut = () => post<Session>("/api/sign-out", {});

export const getOverview = (days: number, lang: Language, signal?: AbortSignal) => get<Overview>("/api/overview", { days, lang }, signal);
export const getMails = (q: MailQuery, signal?: AbortSignal) => get<MailPage>("/api/mails", { ...q }, signal);
export const countMails = (q: MailQuery, signal?: AbortSignal) => get<MailTotal>("/api/mails/count", { ...q }, signal);
export const getSuggestions = (search: string, signal?: AbortSignal) => get<Suggestions>("/api/suggestions", { search }, signal);
/** By its number or the digest that a warning names it by. */
export type MailName = { id: number } | { digest: string };
export const getMail = (which: MailName, lang: Language, signal?: AbortSignal) => get<MailStory>("/api/mail", { ...which, lang }, signal);
export const getDomains = (search: string, known: boolean, offset: number, limit: number, signal?: AbortSignal) =>
  get<{ domains: DomainRow[]; next: number | null }>("/api/domains", { search, known: known ? 1 : undefined, offset, limit }, signal);
export const getDomain = (name: string, signal?: AbortSignal) => get<DomainStory>("/api/domain", { name }, signal);
export const getKeys = (search: string, offset: number, signal?: AbortSignal) =>
  get<{ keys: Key[]; next: number | null }>("/api/keys", { search, offset, limit: 50 }, signal);
export const getSending = (domain: string, days: number, signal?: AbortSignal) => get<Sending>("/api/sending", { domain, days }, signal);
export const getSendingGroup = (domain: string, days: number, name: string, signal?: AbortSignal) =>
  get<SendingGroup>("/api/sending/group", { domain, days, name }, signal);
export const getSendingSource = (domain: string, days: number, address: string, signal?: AbortSignal) =>
  get<{ source: SendingSource; rows: SendingRow[] }>("/api/sending/source", { domain, days, address }, signal);
export const getKeptReports = (domain: string, days: number, offset: number, signal?: AbortSignal) =>
  get<{ reports: KeptReport[]; next: number | null }>("/api/sending/reports", { domain, days, offset, limit: 50 }, signal);
export const getSendingPlan = (domain: string, signal?: AbortSignal) => get<SendingPlan>("/api/sending/plan", { domain }, signal);
export const markSender = (domain: string, sender: string, owner: SendingOwner, note: string) => post<object>("/api/sending/mark", { domain, sender, owner, note });
export const ignoreReporter = (author: string, ignored: boolean) => post<object>("/api/sending/ignore", { author, ignored });
/** Whose key changed or was revoked in the last `days`, the latest first. */
export const getChangedKeys = (days: number, search: string, signal?: AbortSignal) => get<{ keys: Key[]; next: null }>("/api/keys", { changed: days, search }, signal);
export const getPeople = (offset: number, limit: number, signal?: AbortSignal) =>
  get<{ people: Person[]; next: number | null; allowed: Method[] }>("/api/people", { offset, limit }, signal);
/** Counts as the user's own choice; what is left out stays as it was. */
export const chooseFor = (account: string, methods: readonly Method[], when: Occasion) => post<object>("/api/people/choice", { account, methods, when });
export const getSettings = (lang: Language, signal?: AbortSignal) => get<Settings>("/api/settings", { lang }, signal);
export const getDeeds = (signal?: AbortSignal) => get<{ deeds: Deed[] }>("/api/deeds", {}, signal);
export const getOwnDomains = (signal?: AbortSignal) => get<OwnDomains>("/api/own-domains", {}, signal);
export const getOwnDomain = (name: string, signal?: AbortSignal) => get<OwnDomain>("/api/own-domain", { name }, signal);
export const checkOwnDomain = (domain: string) => post<object>("/api/own-domains/check", { domain });
export const eventsPath = (lang: Language) => "/api/events?lang=" + lang;

export const getRules = (signal?: AbortSignal) => get<{ rules: Rule[] }>("/api/rules", {}, signal);
export const addRule = (rule: NewRule) => post<{ id: number }>("/api/rules", rule);
export const removeRule = (id: number) => post<object>("/api/rules/remove", { id });
export const getReports = (lang: Language, signal?: AbortSignal) => get<{ reports: Report[] }>("/api/reports", { lang }, signal);
/** Without a word what was said is taken back. */
export const sayAbout = (mail: number, said: FeedbackWord | "") => post<object>("/api/feedback", { mail, said });
export const answerReport = (mail: number, answer: FeedbackAnswer) => post<object>("/api/reports/answer", { mail, answer });

export const getBorders = (account?: string, signal?: AbortSignal) => get<BorderQuestions>("/api/borders", { account }, signal);
export const answerBorder = (view: string, answer: BorderReply, account?: string) =>
  post<BorderQuestions>("/api/borders/answer", { view, answer, ...(account === undefined ? {} : { account }) });
export const getMe = (signal?: AbortSignal) => get<Me>("/api/me", {}, signal);
export const choose = (choice: Choice) => post<Me>("/api/me/choice", choice);
export const forgetChoice = () => post<Me>("/api/me/forget", {});
export const rehearse = (choice: Choice) => post<Rehearsal>("/api/me/rehearse", choice);
export const makeToken = () => post<{ token: string }>("/api/me/token", {});
export const forgetToken = (id: string) => post<Me>("/api/me/tokens/forget", { id });
export const noteWordKnown = () => post<Me>("/api/me/word-known", {});
export const eraseMine = () => post<Me>("/api/me/erase", {});
export const makeCode = () => post<Code>("/api/me/code", {});
export const getClientRules = (client: Client, lang: Language, signal?: AbortSignal) => get<ClientRules>("/api/me/rules", { client, lang }, signal);
export const getDoors = (signal?: AbortSignal) => get<Doors>("/api/doors", {}, signal);
/** Files that are served without signing in. */
export const addonPath = "/addon.xpi";
export const authorityPath = "/mekiki-ca.pem";
