/**
 * The demo's large file: readings of made-up stations, 24 MiB, the same in every run. It is made while it is sent, so
 * that it never lies on disk and nothing is left of it, however the demo ends.
 */
import { setImmediate } from "node:timers/promises";

const OCTETS = 24 * 1024 * 1024;
const PIECE = 256 * 1024;
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

/** Octets of a CSV table. */
export async function* stationReadings(): AsyncGenerator<Uint8Array, void> {
  const random = numbers(20260101);
  const next = (): number => random.next().value;
  let made = 0;
  let row = 0;
  let text = "time,station,temperature_c,humidity_percent,wind_m_s\n";
  while (made < OCTETS) {
    while (text.length < PIECE) {
      const time = new Date(START + Math.floor(row / STATIONS.length) * 60_000).toISOString();
      const temperature = (next() * 30 - 5).toFixed(1);
      const humidity = Math.round(40 + next() * 55);
      text += `${time},${STATIONS[row % STATIONS.length]},${temperature},${humidity},${(next() * 14).toFixed(1)}\n`;
      row++;
    }
    const piece = Buffer.from(text, "latin1");
    made += piece.length;
    text = "";
    yield piece;
    // Whoever only hashes would otherwise hold up everybody else.
    await setImmediate();
  }
}
