// Keeps an eye on the page's one live stream: says when it is lost, wakes it when it hangs, removes it when it has ended.
(() => {
  const patience = 2000 // milliseconds without a connection before we say so
  let connection = null
  let lastHeard = Date.now()
  let worry = null

  const say = (text) => {
    const state = document.getElementById("live-state")
    if (!state) return
    state.querySelector("span").textContent = text
    state.hidden = !text
  }
  const calm = () => { clearTimeout(worry); worry = null; lastHeard = Date.now(); say("") }
  const lost = (text = "Reconnecting…") => { worry ??= setTimeout(() => say(text), patience) }
  const isLive = (event) => event.target.id === "live"

  document.addEventListener("htmx:sse:after:connection", (event) => { connection = event.detail.connection; calm() })
  document.addEventListener("htmx:sse:before:message", calm)
  document.addEventListener("htmx:sse:error", (event) => {
    if (event.detail.status === 401) return say("Signed out. Reload to sign in.")
    lost()
  })
  // The first connection is an ordinary request: when it fails, there is no stream event.
  document.addEventListener("htmx:error", (event) => { if (isLive(event)) lost() })
  document.addEventListener("htmx:response:error", (event) => { if (isLive(event)) lost() })

  // Ended on purpose: without its element, nothing connects again.
  document.addEventListener("htmx:sse:close", (event) => {
    if (event.detail.reason === "message" && isLive(event)) { event.target.remove(); connection = null; calm() }
  })

  // A connection can be open and dead. Heartbeats come every data-heartbeat seconds; after two and a half, start anew.
  setInterval(() => {
    const live = document.getElementById("live")
    if (!live || document.hidden || !connection?.reader) return
    const silence = (Date.now() - lastHeard) / 1000
    if (silence > 2.5 * Number(live.dataset.heartbeat)) { lost(); connection.reader.cancel() }
  }, 1000)
  document.addEventListener("visibilitychange", () => { lastHeard = Date.now() })
})()
