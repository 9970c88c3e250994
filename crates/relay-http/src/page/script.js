"use strict";
// What a page cannot do without a script. Everything else it does without this one.
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const said = document.body.dataset;
  const announce = (text) => { document.getElementById("announced").textContent = text; };

  // Relative links need the slash at the end of the path, which a proxy may not ask for.
  if (document.querySelector("[data-first]") && !location.pathname.endsWith("/")) {
    history.replaceState(null, "", location.pathname + "/" + location.search + location.hash);
  }

  // An invitation is in the fragment of its link, which no server sees.
  const invitation = new URLSearchParams(location.hash.slice(1)).get("invitation");
  const field = document.getElementById("join-invitation");
  if (invitation && field && !field.value) field.value = invitation;
  if (invitation) all("nav a").forEach((link) => { link.hash = location.hash; });

  // The times of the server are in UTC. English is written in more than one way.
  const page = document.documentElement.lang;
  const locale = navigator.language.startsWith(page) ? navigator.language : page;
  const written = new WeakSet();
  const localize = () => all("time").filter((time) => !written.has(time)).forEach((time) => {
    written.add(time);
    const shape = "day" in time.dataset ? { dateStyle: "long" } : { dateStyle: "medium", timeStyle: "short" };
    time.textContent = new Date(time.dateTime).toLocaleString(locale, shape);
  });

  all("[data-copy]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const what = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(what.textContent);
      } catch {
        // Without the right to the clipboard, or by plain HTTP: select it for the person to copy.
        getSelection().selectAllChildren(what);
        return;
      }
      announce(said.copied);
      const words = button.firstChild;
      const before = words.data;
      words.data = said.copied;
      setTimeout(() => { words.data = before; }, 2000);
    });
  });

  all("[data-save]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const lines = all("[data-value]").map((value) => value.dataset.value + ": " + value.textContent + "\n");
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob(lines, { type: "text/plain" }));
      link.download = button.dataset.save;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  });

  // Looks for news: every few seconds at first, then less often, and not for ever.
  const form = document.getElementById("look");
  const FIRST = 2000, LONGEST = 15000, FOR = 20 * 60 * 1000;
  let pause = FIRST, stop = Date.now() + FOR, timer;
  const tell = (text) => all("[data-looks]").forEach((note) => {
    note.hidden = false;
    note.textContent = text;
  });
  const later = () => {
    clearTimeout(timer);
    if (Date.now() > stop) return tell(said.stopped);
    timer = setTimeout(look, pause);
    pause = Math.min(pause * 1.15, LONGEST);
  };
  // What the server said, before the times in it were written anew.
  const shown = new Map(all("[data-live]").map((live) => [live.id, live.outerHTML]));
  const replace = (news) => all("[data-live]").forEach((old) => {
    const fresh = news.getElementById(old.id);
    // Nothing is taken from under the person's fingers.
    if (!fresh || fresh.outerHTML === shown.get(old.id) || old.contains(document.activeElement)) return;
    shown.set(old.id, fresh.outerHTML);
    const open = Array.from(old.querySelectorAll("details[open]")).map((details) => details.id);
    fresh.querySelectorAll("details").forEach((details) => { details.open = open.includes(details.id); });
    old.replaceChildren(...fresh.childNodes);
    if ("waits" in old.dataset && !("waits" in fresh.dataset)) {
      delete old.dataset.waits;
      all("[data-while-waiting]").forEach((part) => { part.hidden = true; });
      all("[data-when-over]").forEach((part) => { part.hidden = false; });
    }
  });
  const look = async () => {
    if (document.hidden) return later();
    try {
      const body = new URLSearchParams(new FormData(form));
      body.set("action", "live");
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
      if (answer.status === 401 || answer.status === 403) return tell(said.stopped);
      if (answer.ok) {
        // The server has escaped what others wrote, and no script but this one may run.
        replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
        localize();
      }
    } catch {
      // The relay is away: the next look may find it.
    }
    later();
  };
  if (form && document.querySelector("[data-live]")) {
    tell(said.looking);
    later();
    document.addEventListener("visibilitychange", () => {
      if (document.hidden || Date.now() > stop) return;
      pause = FIRST;
      later();
    });
  }
  localize();
})();
