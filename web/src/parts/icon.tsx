// Pictures in one line width, drawn for 20 by 20.
import type { JSX } from "preact";

const shapes = {
  genuine: <><circle cx="10" cy="10" r="7.5" /><path d="M6.6 10.3l2.4 2.4 4.5-5" /></>,
  new: <><path d="M10 17v-6" /><path d="M10 11c0-3 2-5 6-5 0 3.6-2 5-6 5z" /><path d="M10 13c0-2.7-1.8-4.5-5.5-4.5 0 3 1.8 4.5 5.5 4.5z" /></>,
  unverified: <><circle cx="10" cy="10" r="7.5" /><path d="M7.9 8.1a2.2 2.2 0 1 1 3.2 2c-.7.4-1.1.8-1.1 1.6" /><path d="M10 13.9v.1" /></>,
  altered: <><path d="M4 16l.8-3.3L13 4.5l2.5 2.5-8.2 8.2z" /><path d="M11.5 6l2.5 2.5" /></>,
  forged: <><path d="M6.9 2.5h6.2l4.4 4.4v6.2l-4.4 4.4H6.9l-4.4-4.4V6.9z" /><path d="M10 6.3v4.5" /><path d="M10 13.6v.1" /></>,
  warn: <><path d="M10 2.8l7.8 13.7H2.2z" /><path d="M10 8v4" /><path d="M10 14.2v.1" /></>,
  overview: <><path d="M3 17V9" /><path d="M8 17V5" /><path d="M13 17v-6" /><path d="M17.5 17V3" /></>,
  mails: <><rect x="2.5" y="4.5" width="15" height="11" rx="2" /><path d="M3 6l7 5 7-5" /></>,
  domains: <><circle cx="10" cy="10" r="7.5" /><path d="M2.5 10h15" /><path d="M10 2.5c2.5 2.3 3.3 4.7 3.3 7.5s-.8 5.2-3.3 7.5c-2.5-2.3-3.3-4.7-3.3-7.5s.8-5.2 3.3-7.5z" /></>,
  own: <><path d="M10 2.5l6.5 2.3v4.7c0 4-2.7 6.6-6.5 8-3.8-1.4-6.5-4-6.5-8V4.8z" /><path d="M7.2 10l2 2 3.6-4" /></>,
  keys: <><circle cx="6.5" cy="13.5" r="3.5" /><path d="M9 11l7.5-7.5" /><path d="M13.5 6.5l2.5 2.5" /></>,
  reports: <><path d="M5 2.5h7l3.5 3.5v11.5H5z" /><path d="M12 2.5V6h3.5" /><path d="M8 14.5v-2M10.3 14.5V9.5M12.6 14.5v-3.5" /></>,
  people: <><circle cx="7.5" cy="7" r="3" /><path d="M2 16.5c.4-3.4 2.5-5 5.5-5s5.1 1.6 5.5 5" /><path d="M13 4.3a3 3 0 0 1 0 5.4" /><path d="M15 12c1.7.7 2.7 2.2 3 4.5" /></>,
  settings: <><path d="M3 6h7M14 6h3M3 14h3M10 14h7" /><circle cx="12" cy="6" r="2" /><circle cx="8" cy="14" r="2" /></>,
  me: <><circle cx="10" cy="7" r="3.5" /><path d="M3.5 17.5c.5-4 3-5.5 6.5-5.5s6 1.5 6.5 5.5" /></>,
  more: <><path d="M4.5 10v.1M10 10v.1M15.5 10v.1" /></>,
  auto: <><circle cx="10" cy="10" r="7" /><path d="M10 3v14a7 7 0 0 0 0-14z" fill="currentColor" /></>,
  light: <><circle cx="10" cy="10" r="3.5" /><path d="M10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M4.2 15.8l1.4-1.4M14.4 5.6l1.4-1.4" /></>,
  dark: <><path d="M16.5 12.3A7 7 0 0 1 7.7 3.5a7 7 0 1 0 8.8 8.8z" /></>,
  out: <><path d="M8 3H4.5A1.5 1.5 0 0 0 3 4.5v11A1.5 1.5 0 0 0 4.5 17H8" /><path d="M12.5 6.5L16 10l-3.5 3.5M16 10H8" /></>,
  search: <><circle cx="9" cy="9" r="5.5" /><path d="M13 13l4 4" /></>,
  back: <path d="M12 4l-6 6 6 6" />,
  up: <path d="M10 16V4M5 9l5-5 5 5" />,
  down: <path d="M10 4v12M5 11l5 5 5-5" />,
  same: <path d="M4 10h12" />,
  copy: <><rect x="7" y="7" width="10" height="10" rx="2" /><path d="M13 7V5a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v6a2 2 0 0 0 2 2h2" /></>,
  plus: <path d="M10 4v12M4 10h12" />,
  A: <><rect x="2.5" y="4" width="15" height="12" rx="2" /><path d="M10 7v3.5M10 13v.1" /></>,
  B: <><path d="M17.5 9V6.5a2 2 0 0 0-2-2h-11a2 2 0 0 0-2 2v7a2 2 0 0 0 2 2H9" /><path d="M3 6l7 5 7-5" /><path d="M15 12v3M15 17.3v.1" /></>,
  C: <><path d="M10.5 2.5h5a2 2 0 0 1 2 2v5l-7.7 7.7a1.5 1.5 0 0 1-2.1 0l-4.9-4.9a1.5 1.5 0 0 1 0-2.1z" /><path d="M14 6v.1" /></>,
  D: <><rect x="2.5" y="3" width="15" height="11" rx="2" /><path d="M2.5 6.5h15M7 17.5h6" /></>,
} satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof shapes;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.7"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      {shapes[name]}
    </svg>
  );
}

export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" fill="none" stroke-linejoin="round" aria-hidden="true">
      <rect fill="#4a3f8f" x="1" y="1" width="30" height="30" rx="8" />
      <path d="M5 16c3-5 6.7-7.5 11-7.5S24 11 27 16c-3 5-6.7 7.5-11 7.5S8 21 5 16z" stroke="#fff" stroke-width="2.2" />
      <path d="M12.2 16.2l2.7 2.7 5-5.6" stroke="#fff" stroke-width="2.4" stroke-linecap="round" />
    </svg>
  );
}
