// What the user has set, with its defaults.

import { usualAddress } from "./dashboard.js";

const defaults = {
  // What was connected by a code: {origin, token, places: [ids of accounts whose
  // mail it is], ended: the token counts no more, ...} and what connection.js
  // reads.
  connections: [],
  renewed: 0, // when these were last asked for, in ms
  // Set by hand, for accounts that are not connected:
  secret: "", // the label values of the accounts, with spaces between
  accounts: [], // ids of the accounts that fetch through the proxy
  when: "forged", // or altered, new, classic
  word: "", // the user's own, which no imitation can show
  dashboard: usualAddress,
  offersConnection: true, // the bar has a link, until it is told not to
  tokens: {}, // of the dashboard, by the id of the account; kept here alone
};

export function readSettings() {
  return messenger.storage.local.get(defaults);
}

export function writeSettings(settings) {
  return messenger.storage.local.set(settings);
}
