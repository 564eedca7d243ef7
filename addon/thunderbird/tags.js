// The tags that colour the message list: the same keys, names and colours as
// those of the rules that `mekiki rules thunderbird` makes. Nothing here knows
// Thunderbird.

export const colors = {
  forged: "#D00000",
  genuine: "#008000",
  altered: "#C06000",
  new: "#0060C0",
};

/// The key of a verdict's tag; "" where there is none. It ends in a value that
/// no mail can know.
export function keyOf(verdict, value) {
  return Object.hasOwn(colors, verdict) ? `mekiki-${verdict}-${value}` : "";
}

/// The tags of a mail with this verdict, which has `tags` now; null if they are
/// as they should be.
export function retagged(tags, verdict, value) {
  const ours = Object.keys(colors).map((word) => keyOf(word, value));
  const key = keyOf(verdict, value);
  const wanted = [...tags.filter((tag) => !ours.includes(tag)), ...(key ? [key] : [])];
  const isSame = wanted.length === tags.length && wanted.every((tag) => tags.includes(tag));
  return isSame ? null : wanted;
}
