// Keeps an open page up to date: new questions come, closed ones go, what is typed stays.
"use strict";

const live = document.getElementById("live");
const news = document.getElementById("news");
const trouble = document.getElementById("trouble");
const TITLE = document.title;
const EVERY = 1500;
const KEPT = "typed";
const KEPT_HOME = "approvals";
let mark = null;
let waiting = null;

function keyed(root) {
  return new Map([...root.querySelectorAll("[data-key]")].map((one) => [one.dataset.key, one]));
}

function isInUse(part) {
  return part.contains(document.activeElement) || part.querySelector("details[open]") !== null;
}

function fields(root) {
  return [...root.querySelectorAll("form input:not([type=hidden])")];
}

// What names a field on the page: the same after it was made anew.
function named(field) {
  const choice = field.type === "radio" ? ` ${field.value}` : "";
  return `${field.form.getAttribute("action")} ${field.name}${choice}`;
}

// What somebody typed or chose within a part of the page, by the field's name.
function typed(root) {
  const used = fields(root).filter((field) =>
    field.type === "radio" ? field.checked && !field.defaultChecked : field.value !== field.defaultValue
  );
  return Object.fromEntries(used.map((field) => [named(field), field.value]));
}

function typeAgain(root, values) {
  for (const field of fields(root)) {
    const value = values[named(field)];
    if (value === undefined) continue;
    if (field.type === "radio") field.checked = true;
    else field.value = value;
  }
}

// A question that shows something else now: what was typed in it is typed in the new one.
function renewed(kept, child) {
  if (kept.dataset.mark === child.dataset.mark) return kept;
  if (kept.contains(document.activeElement) && document.hasFocus()) {
    mark = null;
    return kept;
  }
  typeAgain(child, typed(kept));
  return child;
}

function mergeQuestions(here, there) {
  const old = keyed(here);
  const fresh = [];
  const children = [...there.children].map((child) => {
    const kept = child.dataset.key && old.get(child.dataset.key);
    if (!kept && child.dataset.key) fresh.push(child);
    return kept ? renewed(kept, child) : child;
  });
  const keys = new Set(children.map((child) => child.dataset.key));
  // Elements that stay are not moved: moving one would take the focus from it.
  const staying = new Set(children);
  for (const child of [...here.children]) {
    if (staying.has(child)) continue;
    if (child.contains(document.activeElement) && !keys.has(child.dataset.key)) closed();
    child.remove();
  }
  let at = here.firstElementChild;
  for (const child of children) {
    if (child === at) at = at.nextElementSibling;
    else here.insertBefore(child, at);
  }
  return fresh;
}

function merge(text) {
  const there = new DOMParser().parseFromString(`<div>${text}</div>`, "text/html");
  for (const part of there.querySelectorAll("[data-part]")) {
    const here = document.getElementById(part.id);
    if (!here) continue;
    if (part.dataset.part === "questions") {
      announce(mergeQuestions(here, part));
    } else if (here.outerHTML !== part.outerHTML) {
      // What somebody is using is left alone; it is brought up to date the next time.
      if (isInUse(here)) mark = null;
      else here.replaceWith(document.importNode(part, true));
    }
  }
}

// The question that somebody was at is gone: their place is kept, and they are told.
function closed() {
  document.getElementById("main").focus();
  news.textContent = "That question is closed: it was answered elsewhere, or its time is over.";
}

function announce(fresh) {
  for (const question of fresh) question.classList.add("fresh");
  if (fresh.length > 0) {
    const first = fresh[0].querySelector("h3").textContent;
    news.textContent = fresh.length === 1 ? `New question: ${first}` : `${fresh.length} new questions`;
  }
  tell();
}

function tell() {
  const count = live.querySelectorAll("[data-key]").length;
  document.title = count > 0 ? `(${count}) ${TITLE}` : TITLE;
  const now = Date.now();
  for (const time of live.querySelectorAll("[data-ends]")) {
    const left = Math.max(0, Math.floor((Date.parse(time.dateTime) - now) / 1000));
    if (!time.dataset.at) time.dataset.at = time.textContent;
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    time.textContent = `${time.dataset.at}, ${clock} left`;
    time.closest(".time").classList.toggle("soon", left < 60);
  }
}

function complain(text) {
  trouble.textContent = text;
  trouble.hidden = text === "";
}

async function look() {
  try {
    const headers = mark ? { "If-None-Match": mark } : {};
    const answer = await fetch(live.dataset.live, { headers, cache: "no-store" });
    if (answer.status === 401) {
      complain("You are signed out. Load the page again to sign in.");
      return;
    }
    if (answer.status === 200) {
      mark = answer.headers.get("etag");
      merge(await answer.text());
    }
    complain(answer.ok || answer.status === 304 ? "" : "What is shown may be old: the record can't be read.");
  } catch {
    complain("What is shown may be old: the server doesn't answer.");
  }
  waiting = setTimeout(look, EVERY);
}

// One answer for one click: the second of a double click is not sent. The whole page is loaded
// anew by it, so what is typed in other forms is kept meanwhile, in this window alone.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  const values = typed(document);
  for (const field of fields(document)) if (field.form === form) delete values[named(field)];
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(values));
  } catch {
    // A window that may keep nothing loses it.
  }
});

function goOn() {
  try {
    typeAgain(document, JSON.parse(sessionStorage.getItem(KEPT) || "{}"));
    sessionStorage.removeItem(KEPT);
  } catch {
    // As above.
  }
}

// A page that comes back from the browser's memory can be used again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && waiting !== null) {
    clearTimeout(waiting);
    waiting = null;
    look();
  }
});

// Links lead to a path that other ports have too; from there the way goes on to this one.
try {
  localStorage.setItem(KEPT_HOME, live.dataset.home);
} catch {
  // A browser that may keep nothing asks for the code each time.
}

const first = document.querySelector("[data-first]");
if (first && !document.querySelector("[autofocus]")) first.focus();
goOn();
tell();
setInterval(tell, 1000);
look();
