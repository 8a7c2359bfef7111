/** The demo's channels and what each of them has to give, out of `assets/demo`. */
import { join } from "node:path";
import type { ChannelDefinition } from "./channel-definition.ts";
import type { FileToPush } from "./outgoing-file.ts";
import { stationReadings } from "./station-readings.ts";

export interface DemoChannel extends ChannelDefinition {
  /** One push each, in this order. */
  readonly pushes: readonly (readonly DemoFile[])[];
}

/** Paths are relative to the folder of assets. */
export interface DemoFile {
  readonly path: string;
  readonly description: string;
  readonly icon?: string;
}

export const DEMO_CHANNELS: readonly DemoChannel[] = [
  {
    id: "weather-maps",
    name: "Weather maps",
    description: "Pressure and wind over the region, morning and evening, with the station table behind each map.",
    provider: "Weather desk",
    categories: ["Weather", "Maps"],
    contentTypes: ["image/png", "text/csv"],
    pushes: [
      [
        { path: "weather-map-morning.png", description: "Pressure at 06:00", icon: "weather-map-morning-icon.png" },
        { path: "stations.csv", description: "Readings behind the map" },
      ],
      [{ path: "weather-map-evening.png", description: "Pressure at 18:00", icon: "weather-map-evening-icon.png" }],
    ],
  },
  {
    id: "photo-of-the-day",
    name: "Photo of the day",
    description: "One landscape a day, full size.",
    provider: "Picture desk",
    categories: ["Photography"],
    contentTypes: ["image/jpeg"],
    pushes: [
      [{ path: "dusk-over-the-hills.jpg", description: "Dusk over the hills", icon: "dusk-over-the-hills-icon.jpg" }],
      [{ path: "moonrise.jpg", description: "Moonrise at the lake", icon: "moonrise-icon.jpg" }],
    ],
  },
  {
    id: "field-notes",
    name: "Field notes",
    description: "Short notes from walks outdoors: birds, weather, and what is in flower.",
    provider: "Field station",
    categories: ["Nature", "Reading"],
    contentTypes: ["text/markdown", "text/plain"],
    pushes: [
      [{ path: "field-notes-1.md", description: "A morning by the reed belt" }],
      [{ path: "field-notes-2.md", description: "First frost" }],
      [{ path: "species-list.csv", description: "Everything seen this month" }],
    ],
  },
  {
    id: "release-bulletin",
    name: "Release bulletin",
    description: "What is new in the software you use. Rare, short, plain text.",
    provider: "Release desk",
    categories: ["Software"],
    contentTypes: ["text/plain"],
    pushes: [[{ path: "release-bulletin.txt", description: "This week's releases" }]],
  },
  {
    id: "staff-notices",
    name: "Staff notices",
    description: "For members of the staff. Shows what a refused subscription looks like.",
    provider: "Inlet demo",
    categories: ["Internal"],
    contentTypes: ["text/plain"],
    members: [],
    pushes: [],
  },
];

/** The offer that greets: a picture, a text, and something large. */
export const welcomeFiles = (assets: string): FileToPush[] => [
  {
    path: join(assets, "coast-at-dawn.jpg"),
    description: "A picture, with a small one of it beside the offer",
    icon: join(assets, "coast-at-dawn-icon.jpg"),
  },
  { path: join(assets, "about-inlet.md"), description: "What you can try here" },
  {
    path: "station-readings.csv",
    content: stationReadings,
    description: "A large file, to see a transfer at work",
  },
];

export const demoFile = (assets: string, { path, description, icon }: DemoFile): FileToPush => ({
  path: join(assets, path),
  description,
  ...(icon !== undefined && { icon: join(assets, icon) }),
});

export const WELCOME = {
  subject: "Welcome to Inlet",
  text: `Welcome to Inlet.

This message came as a SIP MESSAGE from a provider that runs on your own machine. In a moment it will offer you three
files. Nothing is transferred before you say which of them you want.

Then look at the channels: subscribe to one, and its next item arrives within seconds.
`,
} as const;
