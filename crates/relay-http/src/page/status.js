"use strict";
const words = {
  "code-delivered": "A code was handed to a login",
  "nothing-waiting": "A code came and no login was waiting",
  "duplicate": "A second copy of a mail came",
  "conflicting-codes": "A mail held two different codes",
  "forwarding-confirmation": "A provider asked to confirm the forwarding",
  "no-code": "Arlo wrote, and there was no code in it",
  "not-from-arlo": "A mail was not from Arlo",
  "forwarded-by-another": "Someone else forwarded a code",
  "too-complex": "A mail was too much work to read",
};
const at = (id) => document.getElementById(id);
const time = (text) => new Date(text).toLocaleString();
const row = (cells) => {
  const tr = document.createElement("tr");
  for (const text of cells) tr.appendChild(document.createElement("td")).textContent = text;
  return tr;
};
// What a stranger wrote: as text alone.
const other = (mail) => {
  const li = document.createElement("li");
  const line = (text) => {
    const p = li.appendChild(document.createElement("p"));
    p.textContent = text;
    return p;
  };
  line(mail.subject || "(no subject)");
  line("From " + (mail.sender || "nobody") + ", " + time(mail.received_at));
  for (const link of mail.links) {
    if (!link.url.startsWith("https://")) continue;
    const a = document.createElement("a");
    a.href = link.url;
    a.rel = "noreferrer noopener";
    a.target = "_blank";
    a.textContent = link.url;
    line("To " + link.host + ": ").appendChild(a);
  }
  return li;
};
const show = (status) => {
  at("relay-address").textContent = status.relay_address;
  at("enrolled-at").textContent = time(status.enrolled_at);
  const asked = status.confirmation;
  at("confirmation").hidden = !asked;
  if (asked) {
    at("confirmation-at").textContent = time(asked.received_at);
    at("confirmation-code").textContent = asked.confirmation_code || "";
    at("confirmation-code-name").hidden = !asked.confirmation_code;
    const link = at("confirmation-link");
    const safe = (asked.link || "").startsWith("https://");
    link.hidden = !safe;
    if (safe) link.href = asked.link; else link.removeAttribute("href");
  }
  const others = status.other_mail || [];
  at("other-mail").hidden = others.length === 0;
  at("other-mail").querySelector("ul").replaceChildren(...others.map(other));
  at("mail").hidden = status.mail.length === 0;
  at("no-mail").hidden = status.mail.length !== 0;
  const rows = status.mail.map((m) => row([words[m.event] || m.event, m.count, time(m.last_at)]));
  at("mail").tBodies[0].replaceChildren(...rows);
  at("result").hidden = false;
};
at("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("result").hidden = true;
  at("message").textContent = "Asking…";
  try {
    const url = location.pathname.replace(/\/?$/, "/") + "status?email=" + encodeURIComponent(at("email").value);
    const answer = await fetch(url, { headers: { Authorization: "Bearer " + at("token").value.trim() } });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail);
    show(body);
    at("message").textContent = "";
  } catch (error) {
    at("message").textContent = "That did not work: " + error.message;
  }
});
