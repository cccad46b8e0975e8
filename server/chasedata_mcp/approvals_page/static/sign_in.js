// Goes on to where this browser is signed in: no cookie says so here, since other ports have this
// path too. What a page keeps is its own origin's, port and all.
"use strict";

const self = document.currentScript.dataset;
const KEPT_HOME = "approvals";

try {
  const home = localStorage.getItem(KEPT_HOME) || "";
  if (self.over !== undefined) {
    if (home && location.pathname.startsWith(home)) localStorage.removeItem(KEPT_HOME);
  } else if (/^\/approvals\/s\/[0-9a-f]{64}$/.test(home)) {
    location.replace(self.question ? `${home}/q/${self.question}` : home);
  }
} catch {
  // A browser that may keep nothing is asked for the code each time.
}
