/** Timers of RFC 3261 §17 and table 4, in milliseconds. */
export const T1 = 500;
export const T2 = 4_000;
export const T4 = 5_000;

/** 64·T1: how long a transaction waits for the other side (timers B, D on UDP, F, H, J, L, M). */
export const PATIENCE = 64 * T1;

export type TimerName = "A" | "B" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M";
