// When did the page show it? Times are milliseconds since the epoch, by the clock that the servers have too.
(() => {
  const now = () => performance.timeOrigin + performance.now()
  const seen = { connected: null, marks: {}, firsts: {} }
  let last = -1
  const note = () => {
    const at = now()
    for (const part of document.querySelectorAll("section.component")) {
      const text = part.querySelector(".prose, .headline, .snippet-title, .snippet-text")?.textContent.trim()
      if (text) seen.firsts[part.id] ??= at
    }
    const written = (document.querySelector("#head h1")?.textContent ?? "") + (document.getElementById("output")?.textContent ?? "")
    const newest = Math.max(-1, ...[...written.matchAll(/mark(\d+)/g)].map((found) => Number(found[1])))
    while (last < newest) seen.marks[++last] = at
  }
  new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
  document.addEventListener("htmx:sse:after:connection", () => { seen.connected ??= now() })
  window.benchSeen = seen
})()
