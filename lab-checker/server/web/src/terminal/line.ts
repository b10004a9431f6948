// The socket to the shell: keys and files go there, what it shows and how it ended comes back.

export type Ended = "exit" | "moved" | "idle" | "signed-out" | "stopped" | "refused" | "lost";

interface Heard {
  opened: () => void;
  shown: (bytes: Uint8Array) => void;
  ended: (how: Ended) => void;
}

export interface Line {
  keys: (text: string) => void;
  file: (name: string, text: string) => void;
}

/** What one message may hold: a larger paste goes in pieces. */
const PIECE = 16 * 1024;

export const connect = (lab: string, heard: Heard): Line => {
  const address = new URL(`/api/v1/labs/${encodeURIComponent(lab)}/terminal`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let how: Ended = "refused";
  socket.addEventListener("open", () => {
    how = "lost";
    heard.opened();
  });
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) return heard.shown(new Uint8Array(data));
    how = JSON.parse(data).ended ?? "lost";
  });
  socket.addEventListener("close", () => heard.ended(how));

  const send = (data: string | Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(data);
  };
  return {
    keys: (text) => {
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; at += PIECE) send(bytes.slice(at, at + PIECE));
    },
    file: (name, text) => send(JSON.stringify({ file: { name, text } })),
  };
};
