import type { Severity } from "../model";

export type Tone = "good" | "warn" | "bad" | "calm" | "info";

const ICONS = {
  check: "M3.5 8.5l3 3 6-7",
  differs: "M3.5 6h9M3.5 10h9M10.5 3l-5 10",
  cross: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  question: "M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.5M8 12.2v.1",
  clock: "M8 4.5V8l2.3 1.6M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  pause: "M6 4.5v7M10 4.5v7",
  none: "M12.5 8a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0z",
  warn: "M8 3L14 13H2zM8 6.8v2.7M8 11.3v.1",
  info: "M8 7.5v4M8 4.8v.1",
} as const;
export type IconName = keyof typeof ICONS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" focusable="false">
      <path d={ICONS[name]} fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

const WORDS: Record<string, [Tone, IconName]> = {
  Synced: ["good", "check"], OutOfSync: ["warn", "differs"], Unknown: ["calm", "question"], unknown: ["calm", "question"],
  Healthy: ["good", "check"], Progressing: ["info", "clock"], Suspended: ["info", "pause"], Missing: ["warn", "none"],
  Degraded: ["bad", "cross"], Paused: ["info", "pause"], Error: ["bad", "cross"], Failed: ["bad", "cross"], Succeeded: ["good", "check"],
  Successful: ["good", "check"], Running: ["info", "clock"], Inconclusive: ["warn", "question"],
  wired: ["good", "check"], missing: ["bad", "cross"], ambiguous: ["warn", "question"], none: ["calm", "none"],
  passed: ["good", "check"], failed: ["bad", "cross"], skipped: ["calm", "none"], ok: ["good", "check"], warnings: ["warn", "warn"],
  error: ["bad", "cross"], warning: ["warn", "warn"], info: ["info", "info"],
};

export const tone = (word: string): Tone => WORDS[word]?.[0] ?? "calm";

/** A status: icon, word and colour, so that none of them is needed alone. */
export function Status({ word, title }: { word: string; title?: string }) {
  const [colour, icon] = WORDS[word] ?? ["calm", "none"];
  return <span class={`status ${colour}`} title={title}><Icon name={icon} />{word}</span>;
}

export const SEVERITIES: Severity[] = ["error", "warning", "info"];
export const severityWord = (severity: Severity): string => (severity === "info" ? "remark" : severity);

export function SeverityMark({ severity }: { severity: Severity }) {
  const [colour, icon] = WORDS[severity]!;
  return <span class={`status ${colour}`}><Icon name={icon} />{severityWord(severity)}</span>;
}
