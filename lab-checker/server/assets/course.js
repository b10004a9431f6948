// Makes the quizzes and labs of a page live. Without it, forms are sent and links lead to pages of their own.
(() => {
  "use strict";

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined && text !== null) made.textContent = text;
    return made;
  };

  const api = async (path, options = {}) => {
    const headers = { accept: "application/json", ...(options.body ? { "content-type": "application/json" } : {}) };
    const response = await fetch(`/api/v1/${path}`, { credentials: "same-origin", ...options, headers });
    if (response.status === 204) return null;
    const body = await response.json().catch(() => null);
    if (!response.ok) {
      const problem = new Error(body?.detail ?? `The server answered ${response.status}.`);
      problem.status = response.status;
      throw problem;
    }
    return body;
  };

  const points = (number) => String(Math.round(number * 100) / 100);

  // The words for a failure, with a way out when nobody is signed in.
  const sayProblem = (place, problem) => {
    place.replaceChildren();
    const box = element("p", "wrong-box result wrong");
    box.setAttribute("role", "alert");
    if (problem.status === 401) {
      box.append("Sign in first: ");
      const link = element("a", "", "join the course");
      link.href = "/join";
      box.append(link, ".");
    } else {
      box.append(problem.status ? problem.message : "The server cannot be reached. Is it running?");
    }
    place.append(box);
  };

  // Quizzes

  const answersOf = (form) => {
    const answers = {};
    for (const fieldset of form.querySelectorAll("fieldset[data-question]")) {
      const id = fieldset.dataset.question;
      const flows = {};
      for (const field of fieldset.querySelectorAll("input, textarea, select")) {
        const choice = field.type === "radio" || field.type === "checkbox";
        if (!field.name || (choice && !field.checked)) continue;
        const part = field.name.startsWith(`${id}.`) ? field.name.slice(id.length + 1) : null;
        if (part === "why") continue;
        if (part) flows[part] = field.value;
        else if (field.type === "checkbox") (answers[id] ??= []).push(field.value);
        else if (field.value.trim() !== "") answers[id] = field.value;
      }
      if (Object.keys(flows).length) answers[id] = flows;
      const why = fieldset.querySelector(`[name="${CSS.escape(`${id}.why`)}"]`)?.value.trim();
      if (why) answers[id] = { answer: answers[id] ?? null, why };
    }
    return answers;
  };

  const words = { correct: "Right", partial: "Partly right", wrong: "Not right", unanswered: "Not answered", malformed: "Not an answer" };

  const showQuestion = (fieldset, result) => {
    fieldset.classList.remove("correct", "wrong");
    fieldset.classList.add(result.correct ? "correct" : "wrong");
    const box = fieldset.querySelector(".result") ?? fieldset.appendChild(element("div", "result"));
    box.className = `result ${result.correct ? "correct" : "wrong"}`;
    box.hidden = false;
    box.replaceChildren();
    const line = element("p");
    line.append(element("strong", "", words[result.state] ?? ""));
    if (result.message) line.append(`: ${result.message}`);
    box.append(line);
    for (const flow of result.flows ?? []) {
      const row = fieldset.querySelector(`tr[data-flow="${CSS.escape(flow.id)}"]`);
      row?.classList.remove("correct", "wrong");
      row?.classList.add(flow.answer === flow.verdict ? "correct" : "wrong");
      if (flow.answer !== flow.verdict) {
        const why = element("p", "flow-why");
        why.append(element("code", "", `${flow.from} → ${flow.to}:${flow.port}`), ` is ${flow.verdict}. ${flow.why}`);
        box.append(why);
      }
    }
    if (result.explanation_html) {
      const explanation = element("div", "explanation");
      explanation.innerHTML = result.explanation_html; // the course's own Markdown, made safe by the server
      box.append(explanation);
    }
  };

  const enhanceQuiz = (form) => {
    const output = form.querySelector("output.quiz-result") ?? form.appendChild(element("output", "quiz-result"));
    const button = form.querySelector("button[type=submit], button:not([type])");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button) button.disabled = true;
      try {
        const body = JSON.stringify({ answers: answersOf(form) });
        const report = await api(`quizzes/${encodeURIComponent(form.dataset.quiz)}/attempts`, { method: "POST", body });
        for (const result of report.questions) {
          const fieldset = form.querySelector(`fieldset[data-question="${CSS.escape(result.id)}"]`);
          if (fieldset) showQuestion(fieldset, result);
        }
        output.replaceChildren(element("span", "score", `${points(report.points)} of ${points(report.max_points)} points`));
        output.append(report.passed ? ". Everything is right." : `. Your best: ${points(report.best_points)}. Try again as often as you like.`);
        form.dataset.state = report.passed ? "passed" : "tried";
      } catch (problem) {
        sayProblem(output, problem);
      } finally {
        if (button) button.disabled = false;
      }
    });
  };

  // Labs

  // A check that fails stands in a report once for every wrong flow; a person reads it once.
  const groupsOf = (report) => {
    const named = new Map();
    for (const check of report.checks) named.set(check.name, [...(named.get(check.name) ?? []), check]);
    return [...named].map(([name, checks]) => {
      const wrong = checks.filter((check) => !check.passed);
      return { name, passed: wrong.length === 0, checks: wrong.length === 0 ? checks : wrong };
    });
  };

  const sumOf = (groups) => {
    const failing = groups.filter((group) => !group.passed).length;
    return `${failing} of ${groups.length} checks ${failing === 1 ? "fails" : "fail"}.`;
  };

  const EXAMPLES = 3;

  const messages = (checks) => checks.filter((check) => check.message).map((check) => element("p", "message", check.message));

  const showGroup = (group) => {
    const item = element("li", group.passed ? "pass" : "fail");
    item.append(element("strong", "", group.name), ...messages(group.checks.slice(0, EXAMPLES)));
    const rest = group.checks.slice(EXAMPLES);
    if (rest.length) {
      const fold = element("details");
      fold.append(element("summary", "", `and ${rest.length} more`), ...messages(rest));
      item.append(fold);
    }
    return item;
  };

  const showMistake = (mistake) => {
    const box = element("div", "lab-mistake");
    box.append(element("strong", "", "Many have been here. "));
    const hint = element("div");
    if (mistake.hint_html) hint.innerHTML = mistake.hint_html; // as above
    else hint.textContent = mistake.hint;
    box.append(hint);
    return box;
  };

  const showFinding = ({ policy, field, message, help }) => {
    const box = element("div", "lab-mistake");
    box.append(element("strong", "", "Look at this first. "));
    box.append(`${policy}, ${field}: ${message}${help ? `; ${help}` : ""}`);
    return box;
  };

  // Where a learner tells the instructor that a check is mistaken; the page does it without a script.
  const appealTo = ({ lab, attempt_id }) => {
    const link = element("a", "", "My answer is right");
    link.href = `/labs/${encodeURIComponent(lab)}?attempt=${encodeURIComponent(attempt_id)}#appeal`;
    const line = element("p", "muted");
    line.append(link);
    return line;
  };

  // The advice first, then each check once with a few examples.
  const showReport = (place, report) => {
    const groups = groupsOf(report);
    const verdict = element("p", `verdict ${report.passed ? "good" : "bad"}`);
    verdict.append(element("strong", "score", `${points(report.points)} of ${points(report.max_points)} points.`));
    verdict.append(report.passed ? " Every check passes." : ` ${sumOf(groups)}`);
    const list = element("ul", "lab-report-list");
    list.append(...groups.map(showGroup));
    const advice = report.mistake ? [showMistake(report.mistake)] : report.finding ? [showFinding(report.finding)] : [];
    const missing = (report.incomplete ?? []).map((sentence) =>
      element("p", "", `Not everything was looked at: ${sentence}.`),
    );
    const appeal = report.passed || !report.attempt_id ? [] : [appealTo(report)];
    place.replaceChildren(verdict, ...advice, list, ...missing, ...appeal);
  };

  // One stream for each lab on the page, opened when the lab comes into view.
  const follow = (name, seen) => {
    const source = new EventSource(`/api/v1/labs/${encodeURIComponent(name)}/events`);
    source.addEventListener("lab", (event) => seen(JSON.parse(event.data)));
    addEventListener("pagehide", () => source.close());
    return source;
  };

  const enhanceLab = (section) => {
    const name = section.dataset.lab;
    const actions = section.querySelector(".lab-actions");
    const report = section.querySelector(".lab-report") ?? section.appendChild(element("div", "lab-report"));
    if (!actions) return;
    const live = element("p", "lab-live");
    live.setAttribute("role", "status");
    const button = (label, className, work) => {
      const made = element("button", className, label);
      made.type = "button";
      made.addEventListener("click", async () => {
        made.disabled = true;
        try { await work(); } catch (problem) { sayProblem(report, problem); } finally { made.disabled = false; }
      });
      return made;
    };
    let started = false;
    // Where kubectl is, when this lab has begun: here, or in another lab's world.
    let here = false;
    const start = button("Start", "", async () => {
      const again = started && here;
      if (again && !confirm("Reset the lab? What you have done in it is deleted.")) return;
      await api(`labs/${encodeURIComponent(name)}/${again ? "reset" : "start"}`, { method: "POST" });
      report.replaceChildren();
      live.textContent = "The lab is in your practice cluster.";
    });
    const check = button("Check", "primary", async () => {
      showReport(report, await api(`labs/${encodeURIComponent(name)}/attempts`, { method: "POST" }));
    });
    actions.prepend(start, check);
    actions.after(live);
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      follow(name, (now) => {
        started = now.started;
        here = now.current === name;
        start.textContent = !started ? "Start" : here ? "Reset" : "Bring kubectl here";
        check.disabled = !now.started;
        live.textContent = !now.started ? "" : now.report.passed
          ? "Live: your cluster does what the task asks. Press Check to hand it in."
          : `Live: ${sumOf(groupsOf(now.report))}`;
        live.classList.toggle("good", now.started && now.report.passed);
      });
    });
    observer.observe(section);
  };

  // What scrolls by itself can be reached with the keyboard, in every browser.
  const letScrollersBeReached = () => {
    for (const part of document.querySelectorAll("main :is(pre, pre > code, table, .table-wrapper)")) {
      if (part.scrollWidth > part.clientWidth && /auto|scroll/.test(getComputedStyle(part).overflowX)) part.tabIndex = 0;
    }
  };

  window.labChecker = { api, element, follow, points, sayProblem, showReport };
  addEventListener("load", letScrollersBeReached);
  addEventListener("resize", letScrollersBeReached);
  document.querySelectorAll("form.quiz[data-quiz]").forEach(enhanceQuiz);
  document.querySelectorAll("section.lab[data-lab]").forEach(enhanceLab);

  // In the book: the way back to one's progress.
  const menu = document.querySelector("#mdbook-menu-bar .right-buttons, #menu-bar .right-buttons");
  if (menu) {
    const home = element("a", "to-progress", "Progress");
    home.href = "/";
    menu.prepend(home);
  }
})();
