// The list that the window shows.

/// Floods are folded: the newest of so many, and how many there were.
export const mostShown = 100;

/// `list` with `more` behind it, each mail once: {mails, total}.
export function join(list, more) {
  const known = new Set(list.mails.map((mail) => mail.id));
  const added = more.filter((mail) => !known.has(mail.id));
  return {
    mails: [...list.mails, ...added].slice(-mostShown),
    total: list.total + added.length,
  };
}

export const nothing = { mails: [], total: 0 };

/// Of so many mails the list is folded.
export const mostOpen = 4;

/// Mails of which the same is said are told of together, in the order in which
/// the first of each came.
export function alike(mails) {
  const groups = new Map();
  for (const mail of mails) {
    const key = JSON.stringify([mail.title, mail.sentence, mail.advice]);
    groups.set(key, [...(groups.get(key) ?? []), mail]);
  }
  return [...groups.values()];
}
