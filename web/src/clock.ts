// Now, in Unix seconds, told twice a minute to what shows "3 minutes ago".
import { cell, useCell } from "./cell";

const read = (): number => Math.floor(Date.now() / 1000);
const tick = cell(read());
setInterval(() => document.hidden || tick.set(read()), 30_000);
document.addEventListener("visibilitychange", () => document.hidden || tick.set(read()));

export const now = read;
export const useNow = (): number => useCell(tick);
