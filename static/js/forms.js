// Small courtesies of forms. Every form works without this file.
(() => {
  // One press is one request. Forms that htmx sends have hx-sync for this.
  document.addEventListener("submit", (event) => {
    const form = event.target
    if (event.defaultPrevented || form.method !== "post") return
    if (form.dataset.sent) return event.preventDefault()
    form.dataset.sent = "yes"
    event.submitter?.setAttribute("aria-busy", "true")
  })
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent
    for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy")
  })

  // What went wrong is read first.
  document.addEventListener("DOMContentLoaded", () => document.getElementById("errors")?.focus())

  // What is being mended is not called wrong any more: the estimate beside the form says whether it is right now.
  document.addEventListener("input", (event) => forgive(event.target.closest(".field.bad")))
  document.addEventListener("change", (event) => forgive(event.target.closest(".field.bad")))
  const forgive = (field) => {
    if (!field) return
    const error = field.querySelector(".error")
    field.classList.remove("bad")
    for (const wrong of field.querySelectorAll("[aria-invalid]")) {
      wrong.removeAttribute("aria-invalid")
      const notes = (wrong.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== error?.id)
      if (notes.length) wrong.setAttribute("aria-describedby", notes.join(" "))
      else wrong.removeAttribute("aria-describedby")
    }
    const summary = document.getElementById("errors")
    summary?.querySelector(`a[href="#${error?.id.replace(/-error$/, "")}"]`)?.closest("li").remove()
    if (summary?.querySelector("ul")?.children.length === 0) summary.remove()
    error?.remove()
  }

  // Ctrl or Cmd with Enter sends the form one is in.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
    const form = event.target.closest("form")
    const button = form?.id && document.querySelector(`button[form="${form.id}"]`)
    if (form) form.requestSubmit(button || undefined)
  })

  document.addEventListener("change", (event) => { if (event.target.closest("[data-sends-itself]")) event.target.form.requestSubmit() })

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]")
    if (!button) return
    const label = button.querySelector("span")
    const before = label.textContent
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value)
      label.textContent = "Copied"
    } catch {
      label.textContent = "Your browser did not allow it"
    }
    setTimeout(() => { label.textContent = before }, 2000)
  })

  // Menus made of <details> close when one looks elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false
  })
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]")
    if (menu) { menu.open = false; menu.querySelector("summary").focus() }
  })

  // A request that never arrived: say so, and lose nothing.
  document.addEventListener("htmx:error", (event) => {
    const flash = document.getElementById("flash")
    if (!flash || event.target.id === "live" || event.detail.error?.name === "AbortError") return
    flash.className = "flash bad"
    flash.textContent = "Pressroom did not answer. Nothing on this page is lost: try again in a moment."
    flash.hidden = false
  })
})()
