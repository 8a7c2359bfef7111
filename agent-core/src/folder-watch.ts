/**
 * Looks now and then whether files can be received into the folder, and tells when that changes. Before each look something is
 * asked of the disk that nobody waits for: a network disk that hangs is then not asked a second time.
 */
import { stat } from "node:fs/promises";
import type { AgentEvent, MergePatch } from "./contract/index.ts";
import { type Clock, InletError, LIMITS, type Log, millis } from "./kernel/index.ts";
import type { ReceivingFolder } from "./store/index.ts";

export interface FolderWatchOptions {
  readonly clock: Clock;
  readonly folder: ReceivingFolder;
  /** Once, as soon as the folder can be used. What fails of it is trouble too. */
  prepare(): void;
  readonly log: Log;
  readonly patch: (patch: MergePatch) => void;
  readonly publish: (event: AgentEvent) => void;
}

export class FolderWatch implements Disposable {
  readonly #options: FolderWatchOptions;
  #prepared = false;
  #trouble: InletError | undefined;
  #timer: Disposable | undefined;

  constructor(options: FolderWatchOptions) {
    this.#options = options;
    this.#trouble = this.#find();
    this.#show();
    this.#wait();
  }

  /** What is wrong, to whoever listens by now. */
  begin(): void {
    if (this.#trouble !== undefined) this.#tell();
  }

  #tell(): void {
    const { log, publish, folder } = this.#options;
    const trouble = this.#trouble;
    if (trouble !== undefined) log("warn", "folder.unusable", { code: trouble.code, detail: trouble.detail });
    const told = { event: "folder", path: folder.path, usable: trouble === undefined } as const;
    publish({ ...told, ...(trouble !== undefined && { reason: trouble.reason }) });
  }

  /** Fails where nothing can be received now. */
  use(): void {
    const before = this.#trouble;
    this.#trouble = this.#find();
    if (this.#trouble?.code !== before?.code) {
      this.#show();
      this.#tell();
    }
    if (this.#trouble !== undefined) throw this.#trouble;
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #find(): InletError | undefined {
    try {
      this.#options.folder.use();
      if (!this.#prepared) this.#options.prepare();
      this.#prepared = true;
      return undefined;
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      return error;
    }
  }

  #show(): void {
    this.#options.patch({ folderTrouble: this.#trouble?.reason ?? null });
  }

  #look(): void {
    if (this.#timer === undefined) return;
    try {
      this.use();
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
    }
    this.#wait();
  }

  #wait(): void {
    this.#timer = this.#options.clock.after(millis(LIMITS.folderLook), () => {
      const look = (): void => this.#look();
      stat(this.#options.folder.path).then(look, look);
    });
  }
}
