// A lab inside a lesson: start it, check it, and see how it stands. Its stream opens when it comes into view.

import { groupsOf, type Report, sumOf } from "../report/groups.ts";
import { showReport } from "../report/report.ts";
import { post } from "../shared/api.ts";
import { element, part } from "../shared/dom.ts";
import { busy } from "../shared/words.ts";
import type { LabNow } from "../engine.ts";
import { follow } from "./follow.ts";

export const enhanceLab = (section: HTMLElement) => {
  const path = `labs/${encodeURIComponent(section.dataset.lab ?? "")}`;
  const actions = section.querySelector(".lab-actions");
  const report = section.querySelector(".lab-report") ?? section.appendChild(element("div", "lab-report"));
  if (!actions) return;
  const live = part(section, ".lab-live");
  const button = (label: string, className: string, work: () => Promise<unknown>) => {
    const made = element("button", className, label);
    made.type = "button";
    made.addEventListener("click", () => busy(made, report, work));
    return made;
  };
  let started = false;
  // Where kubectl is, when this lab has begun: here, or in another lab's world.
  let here = false;
  const start = button("Start", "", async () => {
    const again = started && here;
    if (again && !confirm("Reset the lab? What you have done in it is deleted.")) return;
    await post(`${path}/${again ? "reset" : "start"}`);
    report.replaceChildren();
    live.textContent = "The lab is in your practice cluster.";
  });
  const check = button("Check", "", async () => {
    showReport(report, await post<Report>(`${path}/attempts`));
    document.dispatchEvent(new Event("handed-in"));
  });
  // One thing to do at a time is the one that stands out.
  const leads = (first: HTMLButtonElement) => {
    for (const each of [start, check]) each.classList.toggle("primary", each === first);
    check.hidden = !started;
  };
  leads(start);
  actions.prepend(start, check);
  section.classList.add("live");
  whenSeen(section, () =>
    follow(section.dataset.lab ?? "", (now) => {
      started = now.started;
      here = now.current === section.dataset.lab;
      start.textContent = !started ? "Start" : here ? "Reset" : "Bring kubectl here";
      leads(started && here ? check : start);
      live.textContent = standing(now);
      live.classList.toggle("good", started && now.report.passed);
    }),
  );
};

const standing = ({ started, report }: LabNow) => {
  if (!started) return "";
  if (report.passed) return "Live: it does what the task asks. Press Check to hand it in.";
  return `Live: ${sumOf(groupsOf(report))}`;
};

/** A little before it comes into view, so that nothing jumps there. */
const whenSeen = (section: Element, then: () => void) => {
  const seen = (entries: IntersectionObserverEntry[]) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    then();
  };
  const observer = new IntersectionObserver(seen, { rootMargin: "600px 0px" });
  observer.observe(section);
};
