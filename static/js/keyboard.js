// Keys that lead somewhere. They can be switched off in the help, as they would get in the way of some ways of typing.
(() => {
  let waitingForSecond = 0

  const areOn = () => { try { return localStorage.getItem("keys") !== "off" } catch { return true } }
  const isTyping = (target) => target.closest?.("input, select, textarea, [contenteditable]")
  const help = () => document.getElementById("keyboard-help")

  const go = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click()

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !areOn()) return
    if (event.key === "?") return help()?.showModal()
    if (event.key === "/") {
      const search = document.querySelector("input[type=search]")
      if (search) { event.preventDefault(); search.focus() }
      return
    }
    if (Date.now() - waitingForSecond < 1500) { waitingForSecond = 0; return go(event.key) }
    if (event.key === "g") waitingForSecond = Date.now()
  })

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens-help]")) help()?.showModal()
  })
  document.addEventListener("DOMContentLoaded", () => {
    const tick = document.getElementById("keys-on")
    if (!tick) return
    tick.checked = areOn()
    tick.addEventListener("change", () => { try { localStorage.setItem("keys", tick.checked ? "on" : "off") } catch { /* private window */ } })
  })
})()
