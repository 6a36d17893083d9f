// The time of what is under way goes on between two frames of the stream (runs/_stages.html); once a second, calmly.
(() => {
  const seen = new WeakMap()

  const spoken = (milliseconds) => {
    if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`
    const seconds = Math.round(milliseconds / 1000)
    if (seconds < 60) return `${seconds} s`
    return `${Math.floor(seconds / 60)} min` + (seconds % 60 ? ` ${seconds % 60} s` : "")
  }

  setInterval(() => {
    for (const element of document.querySelectorAll("[data-elapsed]")) {
      const told = element.dataset.elapsed
      let since = seen.get(element)
      if (since?.told !== told) seen.set(element, since = { told, at: performance.now() })
      else element.textContent = spoken(Number(told) + performance.now() - since.at)
    }
  }, 1000)
})()
