// Questions to a worker, one at a time: an answer to the latest one is not behind answers that nobody wants any more.

export class Turns {
  #last: Promise<unknown> | null = null;

  /** Asks at once when nothing is being answered, so that a worker begins while the page still draws; else when
   *  everything that was asked before is answered, unless nobody wants to know any more. */
  take<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#last ? this.#last.then(() => this.#stillWanted(ask, signal)) : ask();
    const over: Promise<void> = turn.then(
      () => this.#ended(over),
      () => this.#ended(over),
    );
    this.#last = over;
    return turn;
  }

  #stillWanted<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    return ask();
  }

  #ended(turn: Promise<void>) {
    if (this.#last === turn) this.#last = null;
  }
}
