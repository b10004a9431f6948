// The terminal of the workbench: loaded when it is opened for the first time.

import { connect, type Ended, type Line } from "./terminal/line.ts";
import { openScreen } from "./terminal/screen.ts";

const WORDS: Record<Ended, string> = {
  exit: "You have left the shell.",
  moved: "This lab's world has begun anew, or your kubectl went elsewhere.",
  idle: "Nothing was typed for a long time.",
  "signed-out": "You are signed out: the token of this page works no more.",
  stopped: "The server has stopped.",
  refused: "The terminal cannot be opened: the lab is not started, or you have three open already.",
  lost: "The connection is lost.",
};

/** Opens a terminal in a place of the page. `text` is what stands in the editor: the shell has it as policy.yaml. */
export const mount = (place: HTMLElement, lab: string, text: () => string) => {
  const screen = openScreen(place);
  let line: Line | null = null;
  let told: string | null = null;

  const tellFile = () => {
    const now = text();
    if (now === told) return;
    told = now;
    line?.file("policy.yaml", now);
  };
  const begin = () => {
    told = null;
    line = connect(lab, {
      opened: tellFile,
      shown: screen.show,
      ended: (how) => {
        line = null;
        screen.say(`${WORDS[how]} Press Enter for a new one.`);
      },
    });
  };
  screen.onKeys((keys) => {
    if (line) {
      // The shell sees what stands in the editor when a command begins.
      if (keys.includes("\r")) tellFile();
      line.keys(keys);
    } else if (keys.includes("\r")) {
      begin();
    }
  });
  begin();
  return screen;
};
