/** Ties the carrier to the stores: what comes in changes the mirror, and what happened is said. */
import type { AgentEvent, AgentMessage } from "@inlet/agent-core/contract";
import type { Carrier } from "../carrier/carrier.ts";
import { fill } from "../words/fill.ts";
import { displayLine } from "../words/outside-text.ts";
import { addressOf, nameOf } from "../words/party.ts";
import { useAgent, withPatch, withProgress, withState } from "./agent-store.ts";
import { offerHistory } from "./history.ts";
import { items } from "./items.ts";
import { notify, say } from "./notices.ts";
import { go } from "./place.ts";
import { currentLanguage } from "./preferences.ts";

/** Things that arrive together are asked for together. */
const GATHER_MS = 150;

function gathered(work: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      work();
    }, GATHER_MS);
  };
}

const refreshItems = gathered(() => void items.refresh());
const refreshHistory = gathered(() => void offerHistory.refresh());

function offerEnded(event: Extract<AgentEvent, { event: "offerEnded" }>): void {
  const { w } = currentLanguage();
  const { outcome, reason } = event;
  if (outcome === "completed" || outcome === "rejected") return;
  const text = reason === undefined ? w.says[outcome] : `${w.says[outcome]} ${displayLine(reason.text)}`;
  const action = { label: w.says.seeActivity, run: () => go({ view: "activity", selected: event.id }) };
  const tone = outcome === "failed" || outcome === "partial" ? "error" : "info";
  notify({ tone, text, action, ...(reason === undefined ? {} : { code: reason.code }) });
}

function happened(event: AgentEvent): void {
  const { w, count } = currentLanguage();
  switch (event.event) {
    case "offer":
      say(count(w.says.offer, event.files.length, { who: nameOf(event.from, w) }));
      refreshHistory();
      break;
    case "transfer":
      useAgent.setState((mirror) => withProgress(mirror, event, Date.now()), true);
      break;
    case "item": {
      const sentence = event.verified === "no" ? w.says.itemBad : w.says.item;
      say(fill(sentence, { name: displayLine(event.name), who: nameOf(event.from, w) }));
      refreshItems();
      break;
    }
    case "offerEnded":
      offerEnded(event);
      refreshHistory();
      break;
    case "error":
      notify({ tone: "error", text: displayLine(event.text), code: event.code });
      break;
    case "registration":
      if (event.state === "lost" || event.state === "rejected") {
        const state = fill(w.account.strip, { account: addressOf(event.account), state: w.account[event.state] });
        say(event.reason === undefined ? state : `${state}. ${displayLine(event.reason.text)}`);
      }
      break;
    case "ready":
    case "relay":
    case "channels":
    case "folder":
      // The state says these too.
      break;
  }
}

function received(message: AgentMessage): void {
  if ("event" in message) happened(message);
  else if ("state" in message) {
    const first = useAgent.getState().agent === undefined;
    useAgent.setState((mirror) => withState(mirror, message.state, Date.now()), true);
    // Whatever came while the link was down.
    if (!first) {
      refreshItems();
      refreshHistory();
    }
  } else if ("patch" in message) {
    useAgent.setState((mirror) => withPatch(mirror, message.patch, Date.now()), true);
  }
}

export function startLink(carrier: Carrier): void {
  carrier.connect({
    onMessage: received,
    onStatus: (link) => useAgent.setState({ link }),
    onDropped: () => useAgent.setState(({ dropped }) => ({ dropped: dropped + 1 })),
  });
}
