// Runs before the first paint, so that a page never shows in the wrong light. Follows the system until somebody chooses.
(() => {
  const root = document.documentElement
  const system = matchMedia("(prefers-color-scheme: dark)")
  root.classList.add("scripted")

  const chosen = () => {
    try { return localStorage.getItem("theme") } catch { return null }
  }
  const remember = (theme) => {
    try { theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme") } catch { /* private window */ }
  }
  const current = () => chosen() ?? (system.matches ? "dark" : "light")

  const show = () => {
    if (chosen()) root.dataset.theme = chosen()
    else delete root.dataset.theme
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.setAttribute("aria-label", current() === "dark" ? "Light theme" : "Dark theme")
      for (const icon of button.querySelectorAll("[data-shown-in]")) icon.hidden = icon.dataset.shownIn !== current()
    }
  }

  const turn = () => {
    const next = current() === "dark" ? "light" : "dark"
    remember(next === (system.matches ? "dark" : "light") ? null : next)
    show()
  }

  show()
  system.addEventListener("change", show)
  addEventListener("storage", show)
  document.addEventListener("DOMContentLoaded", show)
  document.addEventListener("click", (event) => { if (event.target.closest("[data-theme-switch]")) turn() })
})()
