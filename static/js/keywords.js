// Turns a textarea of keywords, one a line (web/_field.html), into words with a button each. The textarea stays what the form sends.
(() => {
  const split = (text) => text.split(/[\n,;]+/).map((word) => word.trim()).filter(Boolean)

  const enhance = (field) => {
    if (field.hasAttribute("hx-morph-skip")) return
    // A form that is redrawn would take the words away again.
    field.setAttribute("hx-morph-skip", "")
    const source = field.querySelector("textarea")
    const box = document.createElement("div")
    const list = document.createElement("ul")
    const entry = document.createElement("input")
    box.className = "input keywords"
    entry.id = source.id
    entry.placeholder = "add another"
    entry.autocomplete = "off"
    for (const name of ["aria-describedby", "aria-invalid"]) if (source.hasAttribute(name)) entry.setAttribute(name, source.getAttribute(name))
    source.removeAttribute("id")
    source.hidden = true
    box.append(list, entry)
    source.after(box)

    const tell = () => source.dispatchEvent(new Event("change", { bubbles: true }))
    const words = () => split(source.value)
    const write = (next) => { source.value = [...new Set(next)].join("\n"); draw(); tell() }
    const add = () => { const more = split(entry.value); entry.value = ""; if (more.length) write([...words(), ...more]) }
    const drop = (word) => { write(words().filter((other) => other !== word)); entry.focus() }

    const draw = () => list.replaceChildren(...words().map((word) => {
      const item = document.createElement("li")
      const button = document.createElement("button")
      item.textContent = word
      button.type = "button"
      button.textContent = "×"
      button.setAttribute("aria-label", `Remove ${word}`)
      button.addEventListener("click", () => drop(word))
      item.append(button)
      return item
    }))

    entry.addEventListener("keydown", (event) => {
      if (event.isComposing) return
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey || event.key === ",") { event.preventDefault(); add() }
      if (event.key === "Backspace" && !entry.value && words().length) drop(words().at(-1))
    })
    entry.addEventListener("paste", () => setTimeout(() => { if (/[\n,;]/.test(entry.value)) add() }))
    entry.addEventListener("blur", add)
    entry.form?.addEventListener("submit", add, { capture: true })
    box.addEventListener("click", (event) => { if (event.target === box) entry.focus() })
    draw()
  }

  const all = () => document.querySelectorAll("[data-keywords]").forEach(enhance)
  document.addEventListener("DOMContentLoaded", all)
  document.addEventListener("htmx:after:swap", all)
})()
