import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ManualClock, silentLog } from "@inlet/agent-core/kernel";
import { describe, expect, it } from "vitest";
import { startDemoProvider } from "./demo.ts";
import { DEMO_CHANNELS } from "./demo-content.ts";
import { openSockets, TemporaryFolder, TestAgent } from "./testing.ts";

const ASSETS = fileURLToPath(new URL("../../assets/demo", import.meta.url));

describe("the demo", () => {
  it("greets, offers three files with a picture, and pushes what is subscribed, each item once a minute", async () => {
    const before = await openSockets();
    const clock = new ManualClock();
    const demo = await startDemoProvider({ assetsDir: ASSETS, host: "127.0.0.1", log: silentLog, clock });
    using folder = new TemporaryFolder();
    const aor = `sip:${demo.user}@${demo.domain}`;
    {
      await using agent = await TestAgent.start(folder.path, { ...demo, aor });
      const account = aor;
      clock.advance(300);
      const greeting = await agent.event("item", ({ kind }) => kind === "message");
      expect(greeting).toMatchObject({ name: "Welcome to Inlet", from: { name: "Inlet demo" } });

      clock.advance(2_000);
      const offer = await agent.event("offer");
      expect(offer.files.map(({ name, hasIcon = false }) => ({ name, hasIcon }))).toEqual([
        { name: "coast-at-dawn.jpg", hasIcon: true },
        { name: "about-inlet.md", hasIcon: false },
        { name: "station-readings.csv", hasIcon: false },
      ]);
      expect(offer.files[2]?.size).toBeGreaterThan(8 * 1024 * 1024);
      const icon = await agent.agent.execute("offers.icon", { offer: offer.id, index: 0 });
      const bytes = Buffer.from((icon as { base64: string }).base64, "base64");
      expect(bytes.equals(readFileSync(join(ASSETS, "coast-at-dawn-icon.jpg")))).toBe(true);
      await agent.agent.execute("offers.decide", { offer: offer.id, accept: [0, 1, 2] });
      expect((await agent.event("offerEnded")).outcome).toBe("completed");

      await agent.agent.execute("settings.set", { accept: "all" });
      await agent.until(({ channels }) => Object.keys(channels).length === DEMO_CHANNELS.length);
      await agent.agent.execute("channels.subscribe", { account, channel: "weather-maps" });
      const arrived = async (name: string): Promise<void> => {
        const received = agent.event("item", (item) => item.name === name);
        let there = false;
        void received.then(() => {
          there = true;
        });
        // The demo's clock moves only here, as often as its own steps (an answer, an end) let the next timer be set.
        while (!there) {
          clock.advance(1_000);
          await new Promise((resolve) => setImmediate(resolve));
        }
        expect((await received).channel).toBe("weather-maps");
      };
      await arrived("weather-map-morning.png");
      await arrived("stations.csv");
      await arrived("weather-map-evening.png");
      await expect(
        agent.agent.execute("channels.subscribe", { account, channel: "staff-notices" }),
      ).rejects.toMatchObject({ code: "INLET_CHANNEL_REFUSED" });
    }
    await demo.stop();
    expect(clock.pending).toBe(0);
    expect(await openSockets()).toBe(before);
  });

  it("stops while its offer waits for an answer", async () => {
    const clock = new ManualClock();
    const demo = await startDemoProvider({ assetsDir: ASSETS, host: "127.0.0.1", log: silentLog, clock });
    using folder = new TemporaryFolder();
    await using agent = await TestAgent.start(folder.path, { ...demo, aor: `sip:${demo.user}@${demo.domain}` });
    clock.advance(2_300);
    await agent.event("offer");
    await demo.stop();
    expect(await agent.event("offerEnded")).toMatchObject({ outcome: "cancelled" });
  });

  it("has all that it promises, in less than a megabyte", () => {
    const there = readdirSync(ASSETS);
    const files = DEMO_CHANNELS.flatMap(({ pushes }) => pushes.flat());
    for (const { path, icon } of files) expect(there).toEqual(expect.arrayContaining(icon ? [path, icon] : [path]));
    const sizes = there.map((name) => statSync(join(ASSETS, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1024 * 1024);
  });
});
