// A worker as its page sees it: each question has a number and an end to waiting, and a worker that has died is gone.

/** The worker has died, or said nothing for too long. */
export class Died extends Error {}

export class Beside<Question extends object, Said extends object> {
  #worker: Worker | null = null;
  #number = 0;

  constructor(private readonly begin: () => Worker) {}

  /** The answer. The patience is in milliseconds. */
  ask(question: Question, patience: number): Promise<Said> {
    return new Promise((done, failed) => {
      this.#worker ??= this.begin();
      const worker = this.#worker;
      const id = (this.#number += 1);
      const ended = new AbortController();
      const { signal } = ended;
      const settle = (then: () => void) => {
        clearTimeout(timer);
        ended.abort();
        then();
      };
      const died = () =>
        settle(() => {
          if (this.#worker === worker) this.end();
          failed(new Died());
        });
      const timer = setTimeout(died, patience);
      const heard = ({ data }: MessageEvent<Said & { id: number }>) => {
        if (data.id !== id) return;
        if ("died" in data) died();
        else settle(() => done(data));
      };
      worker.addEventListener("message", heard, { signal });
      worker.addEventListener("error", died, { signal });
      worker.postMessage({ id, ...question });
    });
  }

  end() {
    this.#worker?.terminate();
    this.#worker = null;
  }
}
