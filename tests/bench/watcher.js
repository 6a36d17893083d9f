// When did the page show it? Times are milliseconds since the epoch, by the clock that the servers have too.
(() => {
  const now = () => performance.timeOrigin + performance.now()
  const seen = { connected: null, text: [], title: [], firsts: {} }
  const mark = (times, text, at) => {
    const newest = Math.max(-1, ...[...text.matchAll(/mark(\d+)/g)].map((found) => Number(found[1])))
    while (times.length <= newest) times.push(at)
  }
  const note = () => {
    const at = now()
    for (const part of document.querySelectorAll("section.component")) {
      const text = part.querySelector(".prose, .headline, .snippet-title, .snippet-text")?.textContent.trim()
      if (text) seen.firsts[part.id] ??= at
    }
    mark(seen.title, document.querySelector("#head h1")?.textContent ?? "", at)
    mark(seen.text, document.getElementById("output")?.textContent ?? "", at)
  }
  new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
  document.addEventListener("htmx:sse:after:connection", () => { seen.connected ??= now() })
  window.benchSeen = seen
})()
