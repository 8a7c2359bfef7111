/** The demo's large file: readings of made-up stations, the same in every run, written when it is needed. */
import { open } from "node:fs/promises";

const OCTETS = 24 * 1024 * 1024;
const PIECE = 1024 * 1024;
const STATIONS = ["Aspen Ridge", "Birch Point", "Cedar Lake", "Dune Head", "Elm Hollow", "Fern Valley", "Gull Rock"];
const START = Date.UTC(2026, 0, 1);

/** Numbers from 0 to 1, always the same ones (xorshift32). */
function* numbers(seed: number): Generator<number, never> {
  let x = seed;
  for (;;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield (x >>> 0) / 2 ** 32;
  }
}

export async function writeReadings(path: string, signal: AbortSignal): Promise<void> {
  await using file = await open(path, "w", 0o600);
  const random = numbers(20260101);
  const next = (): number => random.next().value;
  let written = 0;
  let row = 0;
  let text = "time,station,temperature_c,humidity_percent,wind_m_s\n";
  while (written < OCTETS && !signal.aborted) {
    while (text.length < PIECE) {
      const time = new Date(START + Math.floor(row / STATIONS.length) * 60_000).toISOString();
      const temperature = (next() * 30 - 5).toFixed(1);
      const humidity = Math.round(40 + next() * 55);
      text += `${time},${STATIONS[row % STATIONS.length]},${temperature},${humidity},${(next() * 14).toFixed(1)}\n`;
      row++;
    }
    await file.write(text);
    written += text.length;
    text = "";
  }
}
