// Asking the server.

/** What the server refuses, or that it cannot be reached. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** Scripts of the page that were built apart have a class of their own for it. */
export const isProblem = (error: unknown): error is Problem => error instanceof Error && "status" in error;

export const api = async <T>(path: string, options: RequestInit = {}): Promise<T> => {
  const headers: Record<string, string> = { accept: "application/json" };
  if (options.body) headers["content-type"] = "application/json";
  const response = await fetch(`/api/v1/${path}`, { credentials: "same-origin", ...options, headers });
  if (response.status === 204) return null as T;
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    throw new Problem(body?.detail ?? `The server answered ${response.status}.`, response.status, body ?? {});
  }
  return body as T;
};

export const post = <T>(path: string, body?: unknown, options: RequestInit = {}): Promise<T> =>
  api<T>(path, { ...options, method: "POST", ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
