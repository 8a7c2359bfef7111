/** "Something changed": everyone waiting looks again. Unlike racing promises, waiting leaves nothing behind. */

export class Change {
  #next: PromiseWithResolvers<void> | undefined;

  notify(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.resolve();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      this.#next ??= Promise.withResolvers<void>();
      await this.#next.promise;
    }
  }
}
