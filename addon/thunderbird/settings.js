// What the user has set, with its defaults.

import { usualAddress } from "./dashboard.js";

const defaults = {
  secret: "", // the label values of the accounts, with spaces between
  accounts: [], // ids of the accounts that fetch through the proxy
  when: "forged", // or altered, new, classic
  word: "", // the user's own, which no imitation can show
  dashboard: usualAddress,
  tokens: {}, // of the dashboard, by the id of the account; kept here alone
};

export function readSettings() {
  return messenger.storage.local.get(defaults);
}

export function writeSettings(settings) {
  return messenger.storage.local.set(settings);
}
